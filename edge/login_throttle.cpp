#include "edge/login_throttle.h"

namespace trunkline::edge {
namespace {

// No address has a line feed in it.
std::string pair_of(std::string_view address, std::string_view account) {
  return std::string(address) + '\n' + std::string(account);
}

}  // namespace

bool LoginThrottle::may_try(std::string_view address, std::string_view account,
                            std::int64_t now_us) const {
  const auto ban = banned_until_us_.find(std::string(address));
  if (ban != banned_until_us_.end() && now_us < ban->second) return false;
  return !of_pairs_.reaches(pair_of(address, account), limits_.failures, limits_.window_us, now_us);
}

void LoginThrottle::failed(std::string_view address, std::string_view account, bool bans,
                           std::int64_t now_us) {
  of_pairs_.add(pair_of(address, account), limits_.failures, now_us);
  if (!bans) return;
  const std::string party(address);
  of_addresses_.add(party, limits_.ban_failures, now_us);
  if (!of_addresses_.reaches(party, limits_.ban_failures, limits_.ban_window_us, now_us)) return;
  of_addresses_.forget(party);
  ban(party, now_us);
}

void LoginThrottle::ban(const std::string& address, std::int64_t now_us) {
  const auto [known, is_new] = banned_until_us_.try_emplace(address);
  if (!is_new) bans_by_end_.erase({known->second, address});
  known->second = now_us + limits_.ban_us;
  bans_by_end_.emplace(known->second, address);
  while (bans_by_end_.begin()->first <= now_us || bans_by_end_.size() > limits_.remembered_max) {
    banned_until_us_.erase(bans_by_end_.begin()->second);
    bans_by_end_.erase(bans_by_end_.begin());
  }
}

void LoginThrottle::Failures::add(const std::string& key, std::size_t kept, std::int64_t now_us) {
  const auto [found, is_new] = entries_.try_emplace(key);
  Entry& entry = found->second;
  if (is_new) {
    entry.place = order_.insert(order_.end(), key);
  } else {
    order_.splice(order_.end(), order_, entry.place);
  }
  if (entry.at_us.size() == kept) entry.at_us.erase(entry.at_us.begin());
  entry.at_us.push_back(now_us);
  if (entries_.size() > max_) forget(std::string(order_.front()));
}

bool LoginThrottle::Failures::reaches(const std::string& key, std::size_t count,
                                      std::int64_t window_us, std::int64_t now_us) const {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return false;
  const auto& at_us = found->second.at_us;
  return at_us.size() >= count && now_us - at_us.front() < window_us;
}

void LoginThrottle::Failures::forget(const std::string& key) {
  const auto found = entries_.find(key);
  order_.erase(found->second.place);
  entries_.erase(found);
}

}  // namespace trunkline::edge
