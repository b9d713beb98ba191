// Virtual time: what happens next, and when. Events of one instant happen in the order given.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <utility>
#include <vector>

#include "wire/ids.h"

namespace trunkline::sim {

inline constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
inline constexpr std::int64_t kMs = 1'000;
inline constexpr std::int64_t kSecond = 1'000'000;

class Schedule {
 public:
  std::int64_t now_us() const { return now_us_; }
  wire::Now now() const { return {now_us_, 1'700'000'000'000 + now_us_ / 1000}; }

  void at(std::int64_t time_us, std::function<void()> act) {
    heap_.push_back({std::max(time_us, now_us_), ++count_, std::move(act)});
    std::push_heap(heap_.begin(), heap_.end());
  }
  void after(std::int64_t delay_us, std::function<void()> act) {
    at(now_us_ + delay_us, std::move(act));
  }
  // Does the next thing, if it is due by `until_us`; else time is `until_us` now. False: it is.
  bool step(std::int64_t until_us) {
    if (heap_.empty() || heap_.front().time_us > until_us) {
      now_us_ = std::max(now_us_, until_us);
      return false;
    }
    std::pop_heap(heap_.begin(), heap_.end());
    const Entry entry = std::move(heap_.back());
    heap_.pop_back();
    now_us_ = entry.time_us;
    entry.act();
    return true;
  }
  std::uint64_t events() const { return count_; }

 private:
  struct Entry {
    std::int64_t time_us;
    std::uint64_t order;
    std::function<void()> act;
    bool operator<(const Entry& other) const {
      return std::pair(time_us, order) > std::pair(other.time_us, other.order);
    }
  };
  std::int64_t now_us_ = kSecond;
  std::uint64_t count_ = 0;
  std::vector<Entry> heap_;
};

// One direction of a road that keeps order: what was put in comes out later, or is lost with it.
template <class Item>
class Fifo {
 public:
  // Returns when it can be taken.
  std::int64_t push(std::int64_t arrival_us, Item item) {
    last_arrival_us_ = std::max(last_arrival_us_, arrival_us);
    items_.push_back({last_arrival_us_, std::move(item)});
    return last_arrival_us_;
  }
  bool ready(std::int64_t now_us) const {
    return !items_.empty() && items_.front().arrival_us <= now_us;
  }
  Item pop() {
    Item item = std::move(items_.front().item);
    items_.pop_front();
    return item;
  }
  bool empty() const { return items_.empty(); }
  std::size_t size() const { return items_.size(); }
  // Loses all but the first `kept`.
  void keep_first(std::size_t kept) { items_.resize(std::min(kept, items_.size())); }
  void clear() { items_.clear(); }

 private:
  struct Placed {
    std::int64_t arrival_us = 0;
    Item item{};
  };
  std::deque<Placed> items_;
  std::int64_t last_arrival_us_ = 0;
};

}  // namespace trunkline::sim
