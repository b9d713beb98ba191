#include "edge/login_throttle.h"

namespace trunkline::edge {
namespace {

void add(std::deque<std::int64_t>& at_us, std::size_t kept, std::int64_t now_us) {
  at_us.push_back(now_us);
  if (at_us.size() > kept) at_us.pop_front();
}

bool is_full(const std::deque<std::int64_t>& at_us, std::size_t count, std::int64_t window_us,
             std::int64_t now_us) {
  return at_us.size() >= count && now_us - at_us.front() < window_us;
}

}  // namespace

// No address has a line feed in it, so pairs and addresses can share a map.
std::string LoginThrottle::pair_of(std::string_view address, std::string_view account) {
  return std::string(address) + '\n' + std::string(account);
}

bool LoginThrottle::may_try(std::string_view address, std::string_view account,
                            std::int64_t now_us) const {
  const auto of_address = failures_.find(std::string(address));
  if (of_address != failures_.end() && now_us < of_address->second.banned_until_us) return false;
  const auto of_pair = failures_.find(pair_of(address, account));
  return of_pair == failures_.end() ||
         !is_full(of_pair->second.at_us, limits_.failures, limits_.window_us, now_us);
}

void LoginThrottle::failed(std::string_view address, std::string_view account, bool bans,
                           std::int64_t now_us) {
  add(remember(pair_of(address, account)).at_us, limits_.failures, now_us);
  if (!bans) return;
  Failures& of_address = remember(std::string(address));
  add(of_address.at_us, limits_.ban_failures, now_us);
  if (is_full(of_address.at_us, limits_.ban_failures, limits_.ban_window_us, now_us)) {
    of_address.banned_until_us = now_us + limits_.ban_us;
    of_address.at_us.clear();
  }
}

LoginThrottle::Failures& LoginThrottle::remember(const std::string& key) {
  const auto [found, is_new] = failures_.try_emplace(key);
  if (!is_new) return found->second;
  order_.push_back(key);
  if (order_.size() > limits_.remembered_max) {
    failures_.erase(order_.front());
    order_.pop_front();
  }
  return failures_.find(key)->second;
}

}  // namespace trunkline::edge
