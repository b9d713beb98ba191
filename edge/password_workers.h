// The threads that check PLAIN passwords: 600,000 rounds of PBKDF2 are 130 ms that no event loop
// may spend. At most two at a time, so that a crowd at the door leaves cores for who is inside.
//
// Threads: check() from any thread. The verdict comes back on the event loop that asked.
#pragma once

#include <boost/asio/io_context.hpp>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "edge/sasl.h"

namespace trunkline::edge {

// The way back to an event loop that may be gone by then. The mutex: the loop closes it on its own
// thread, workers use it on theirs.
class ReturnPath {
 public:
  explicit ReturnPath(boost::asio::io_context& io) : io_(&io) {}
  void close();  // after this nothing is posted any more
  void post(std::function<void()> what);

 private:
  std::mutex mutex_;
  boost::asio::io_context* io_;
};

class PasswordWorkers {
 public:
  PasswordWorkers(std::size_t threads, std::size_t waiting_max);
  ~PasswordWorkers();  // waits for the checks that have begun, drops the rest

  // False: too many wait already; `verdict` is never called. It is called on `back`'s loop.
  [[nodiscard]] bool check(wire::Bytes password, VerifierCopy verifier,
                           std::shared_ptr<ReturnPath> back, std::function<void(bool)> verdict);

 private:
  struct Check {
    wire::Bytes password;
    VerifierCopy verifier;
    std::shared_ptr<ReturnPath> back;
    std::function<void(bool)> verdict;
  };
  void work();

  const std::size_t threads_max_, waiting_max_;
  std::mutex mutex_;  // guards all below: loops put in, workers take out
  std::condition_variable changed_;
  std::deque<Check> waiting_;
  bool ending_ = false;
  std::vector<std::thread> threads_;  // begun when they are first needed
};

}  // namespace trunkline::edge
