// Who has failed to log in too often, by (address, account) and by address. Never by account alone:
// a stranger could lock its owner out. Pure; time is an argument.
//
// Each table is bounded, and none can push entries out of another: who fails under many names, or
// from many addresses, makes old failures forgotten, never a ban that runs.
//
// Threads: none of its own; EdgeShared guards it.
#pragma once

#include <cstdint>
#include <list>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace trunkline::edge {

struct ThrottleLimits {
  std::size_t failures = 5;  // of one account from one address, in the window
  std::int64_t window_us = 30'000'000;
  std::size_t ban_failures = 20;  // of one address, whatever the account, in its window
  std::int64_t ban_window_us = 600'000'000;
  std::int64_t ban_us = 3'600'000'000;
  // Of each table. Failures: the one that is longest ago is forgotten first. Bans: the one that
  // would end first ends now, so freeing an address takes that many addresses with 20 failures
  // each.
  std::size_t remembered_max = 65'536;
};

class LoginThrottle {
 public:
  explicit LoginThrottle(const ThrottleLimits& limits = {})
      : limits_(limits), of_pairs_(limits.remembered_max), of_addresses_(limits.remembered_max) {}

  // `address` is one party: an IPv4 address, or an IPv6 /64 (EdgeShared).
  bool may_try(std::string_view address, std::string_view account, std::int64_t now_us) const;
  // `bans`: this address may be banned (loopback may not).
  void failed(std::string_view address, std::string_view account, bool bans, std::int64_t now_us);
  std::size_t remembered() const { return of_pairs_.size() + of_addresses_.size(); }
  std::size_t banned() const { return banned_until_us_.size(); }

 private:
  // When somebody failed last, newest at the back; and who failed longest ago.
  class Failures {
   public:
    explicit Failures(std::size_t max) : max_(max) {}
    // Of `key`, `kept` of them at most; this one is the newest of all.
    void add(const std::string& key, std::size_t kept, std::int64_t now_us);
    bool reaches(const std::string& key, std::size_t count, std::int64_t window_us,
                 std::int64_t now_us) const;
    void forget(const std::string& key);
    std::size_t size() const { return entries_.size(); }

   private:
    struct Entry {
      std::vector<std::int64_t> at_us;
      std::list<std::string>::iterator place;
    };
    const std::size_t max_;
    std::unordered_map<std::string, Entry> entries_;
    std::list<std::string> order_;  // oldest failure first
  };

  void ban(const std::string& address, std::int64_t now_us);

  const ThrottleLimits limits_;
  Failures of_pairs_, of_addresses_;
  std::unordered_map<std::string, std::int64_t> banned_until_us_;
  std::set<std::pair<std::int64_t, std::string>> bans_by_end_;
};

}  // namespace trunkline::edge
