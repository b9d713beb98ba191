// Who has failed to log in too often, by (address, account) and by address. Never by account alone:
// a stranger could lock its owner out. Pure; time is an argument.
//
// Threads: none of its own; EdgeShared guards it.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

namespace trunkline::edge {

struct ThrottleLimits {
  std::size_t failures = 5;  // of one account from one address, in the window
  std::int64_t window_us = 30'000'000;
  std::size_t ban_failures = 20;  // of one address, whatever the account, in its window
  std::int64_t ban_window_us = 600'000'000;
  std::int64_t ban_us = 3'600'000'000;
  std::size_t remembered_max = 65'536;  // pairs and addresses; beyond, the oldest is forgotten
};

class LoginThrottle {
 public:
  explicit LoginThrottle(const ThrottleLimits& limits = {}) : limits_(limits) {}

  bool may_try(std::string_view address, std::string_view account, std::int64_t now_us) const;
  // `bans`: this address may be banned (loopback may not).
  void failed(std::string_view address, std::string_view account, bool bans, std::int64_t now_us);
  std::size_t remembered() const { return failures_.size(); }

 private:
  struct Failures {
    std::deque<std::int64_t> at_us;
    std::int64_t banned_until_us = 0;
  };
  static std::string pair_of(std::string_view address, std::string_view account);
  Failures& remember(const std::string& key);

  ThrottleLimits limits_;
  std::unordered_map<std::string, Failures> failures_;
  std::deque<std::string> order_;  // of failures_, oldest first
};

}  // namespace trunkline::edge
