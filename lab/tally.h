// What became of one pair's messages. Sequence numbers count from 0; each message is remembered
// with the moment when it was due, so that latency needs no clock inside it and nothing is counted
// twice.
#pragma once

#include <cstdint>
#include <vector>

#include "lab/histogram.h"

namespace trunkline::lab {

struct TallySums {
  std::uint64_t sent = 0, shown = 0, stored = 0, refused = 0;
  std::uint64_t duplicated = 0;  // shown again
  std::uint64_t reordered = 0;   // shown after one that was sent later
  std::uint64_t foreign = 0;     // never sent by this run
};

inline TallySums operator+(const TallySums& a, const TallySums& b) {
  return {a.sent + b.sent,       a.shown + b.shown,           a.stored + b.stored,
          a.refused + b.refused, a.duplicated + b.duplicated, a.reordered + b.reordered,
          a.foreign + b.foreign};
}
// What has come since.
inline TallySums operator-(const TallySums& now, const TallySums& then) {
  return {
      now.sent - then.sent,       now.shown - then.shown,           now.stored - then.stored,
      now.refused - then.refused, now.duplicated - then.duplicated, now.reordered - then.reordered,
      now.foreign - then.foreign};
}

class Tally {
 public:
  // Times in nanoseconds of one clock; messages due in [from, until) are measured, all are counted.
  Tally(std::int64_t from_ns, std::int64_t until_ns) : from_ns_(from_ns), until_ns_(until_ns) {}

  std::uint64_t next() const { return messages_.size(); }
  bool measured(std::int64_t due_ns) const { return due_ns >= from_ns_ && due_ns < until_ns_; }

  // Times is what records a latency: a Histogram, or several at once.
  template <class Times>
  void sent(std::int64_t due_ns, std::int64_t now_ns, Times& lateness) {
    messages_.push_back({due_ns, 0});
    ++sums_.sent;
    if (measured(due_ns)) lateness.record(now_ns - due_ns);
  }
  // True: it is this pair's, and seen for the first time.
  template <class Times>
  bool shown(std::uint64_t sequence, std::int64_t now_ns, Times& latency) {
    if (!first_time(sequence, kShown, now_ns, latency)) return false;
    ++sums_.shown;
    if (sequence + 1 < behind_last_shown_) ++sums_.reordered;
    if (sequence + 1 > behind_last_shown_) behind_last_shown_ = sequence + 1;
    return true;
  }
  template <class Times>
  bool stored(std::uint64_t sequence, std::int64_t now_ns, Times& latency) {
    if (!first_time(sequence, kStored, now_ns, latency)) return false;
    ++sums_.stored;
    return true;
  }
  bool refused(std::uint64_t sequence) {
    if (sequence >= messages_.size() || (messages_[sequence].seen & kRefused) != 0) return false;
    messages_[sequence].seen |= kRefused;
    ++sums_.refused;
    return true;
  }

  const TallySums& sums() const { return sums_; }

 private:
  static constexpr std::uint8_t kShown = 1, kStored = 2, kRefused = 4;
  struct Message {
    std::int64_t due_ns;
    std::uint8_t seen;
  };

  template <class Times>
  bool first_time(std::uint64_t sequence, std::uint8_t what, std::int64_t now_ns, Times& latency) {
    if (sequence >= messages_.size()) {
      ++sums_.foreign;
      return false;
    }
    Message& message = messages_[sequence];
    if ((message.seen & what) != 0) {
      if (what == kShown) ++sums_.duplicated;
      return false;
    }
    message.seen |= what;
    if (measured(message.due_ns)) latency.record(now_ns - message.due_ns);
    return true;
  }

  std::int64_t from_ns_, until_ns_;
  std::vector<Message> messages_;
  std::uint64_t behind_last_shown_ = 0;
  TallySums sums_;
};

}  // namespace trunkline::lab
