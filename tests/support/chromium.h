// A headless Chromium that a test looks at a page with: what the page asked the network for, what
// it complained of, what stands in it, and a picture of it.
//
// It is spoken to by the DevTools protocol over a pair of pipes, so no port is opened and nothing
// is waited for but what the page itself tells. Nothing of it is left behind.
//
// Threads: one. Calls throw std::runtime_error when it does not answer in 30 s, or goes away.
#pragma once

#include <sys/types.h>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <vector>

#include "tests/support/temporary_directory.h"

namespace trunkline::tests {

class Chromium {
 public:
  // Whether there is one; else its test is skipped, and says so.
  static bool is_installed();

  Chromium();
  ~Chromium();
  Chromium(const Chromium&) = delete;
  Chromium& operator=(const Chromium&) = delete;

  struct View {
    unsigned width = 1200, height = 900;
    bool dark = false;
    bool scripts = true;
  };
  // For the pages that are there and those opened later.
  void view(const View& view);
  // Goes there, and forgets what was asked and complained of; returns when the page has loaded.
  void open(const std::string& url);
  // The value of an expression of JavaScript; a promise is waited for. Throws what it throws.
  boost::json::value evaluate(const std::string& expression);
  // Until an expression is true, looked at again whenever the page changes; 20 s at most.
  void wait_for(const std::string& condition);

  // URLs since open(), in the order in which they were asked for.
  const std::vector<std::string>& requests();
  // Errors and warnings of the console, what was thrown, and what a policy forbade.
  const std::vector<std::string>& complaints();
  // The whole page, however long, as PNG.
  void save_picture(const std::string& path);

 private:
  boost::json::object call(const std::string& method, boost::json::object parameters,
                           bool of_page = true);
  void take(const boost::json::object& message);
  boost::json::object next_message();
  void ask_for_news();

  TemporaryDirectory directory_;
  pid_t pid_ = -1;
  int to_ = -1, from_ = -1;
  std::string received_, session_;
  std::int64_t calls_ = 0;
  bool loaded_ = false;
  std::vector<std::string> requests_, complaints_;
};

}  // namespace trunkline::tests
