// Clients that come and go, some at a time: with a login or without, in order or not. One visit of
// each kind in turn.
//
// Threads: the caller's; everything happens inside run().
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lab/client.h"

namespace trunkline::tests {

enum class Visit : unsigned {
  scram,         // logs in, says bye
  plain,         // the same by PLAIN
  scram_plus,    // the same, bound to the TLS connection; SCRAM on a plain one
  refused,       // a wrong password, or a name that nobody has
  no_login,      // opens a WebSocket and is gone
  broken_login,  // is gone after the challenge
  no_request,    // is gone after half a TLS handshake, or half a request
  cut,           // logs in and is gone without a word
  count
};
inline constexpr std::size_t kVisitKinds = static_cast<std::size_t>(Visit::count);

class Visits {
 public:
  // `users`: one for each place, their passwords are their names. `guessed`: as many others, who
  // exist too; only wrong passwords are tried with them, which may throttle them. Each visit goes
  // to the next of `urls`.
  Visits(std::vector<std::string> urls, std::vector<std::string> users,
         std::vector<std::string> guessed);
  ~Visits();

  // So many visits more, all over when it returns. Throws std::runtime_error when one ends in
  // another way than its kind does, or none ends for a minute.
  void run(std::size_t visits);

  const std::array<std::size_t, kVisitKinds>& made() const { return made_; }

 private:
  class Guest;
  void next(std::size_t place);

  boost::asio::io_context io_{1};
  const std::vector<std::string> urls_, users_, guessed_;
  std::vector<std::unique_ptr<Guest>> guests_;  // each with a place, and a user of its own
  std::array<std::size_t, kVisitKinds> made_{};
  std::size_t begun_ = 0, wanted_ = 0, under_way_ = 0;
  std::string surprise_;
};

}  // namespace trunkline::tests
