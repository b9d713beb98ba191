// How long messages are kept: 90 days, 100,000 records and 256 MiB for each mailbox, always cutting
// from its beginning. A message that no device of its owner has received stays until the quota
// refuses new ones; the owner's own copies have no such right. Pure.
#pragma once

#include "persistence/mailbox_meta.h"
#include "wire/limits.h"

namespace trunkline::persistence {

struct RetentionLimits {
  std::uint64_t records = wire::kRetentionRecords;
  std::uint64_t bytes = wire::kRetentionBytes;
  std::int64_t age_ms = wire::kRetentionMs;
};

// The wall clock says "no age" where it cannot be trusted: nothing is trimmed by age then.
inline constexpr std::int64_t kNoWallTime = -1;

// Says whether the wall clock can be trusted for ages: not while it has parted by more than an hour
// from where the monotonic clock says it should be (somebody set it, or it was never set).
class ClockWatch {
 public:
  explicit ClockWatch(const wire::Now& start) : parting_ms_(parting_of(start)) {}
  std::int64_t trusted_wall_ms(const wire::Now& now) const {
    const std::int64_t moved = parting_of(now) - parting_ms_;
    return moved > kMayPartMs || moved < -kMayPartMs ? kNoWallTime : now.wall_ms;
  }

 private:
  static constexpr std::int64_t kMayPartMs = 3600 * 1000;
  static std::int64_t parting_of(const wire::Now& now) { return now.wall_ms - now.mono_us / 1000; }
  std::int64_t parting_ms_;
};

// Whether the mailbox holds more, or older, than it should.
inline bool is_too_much(const MailboxMeta& meta, const RetentionLimits& limits,
                        std::int64_t wall_ms) {
  if (meta.first > meta.head) return false;
  const bool too_old = wall_ms != kNoWallTime && meta.first_time_ms + limits.age_ms < wall_ms;
  return meta.records > limits.records || meta.bytes > limits.bytes || too_old;
}

// Whether its first message may go.
inline bool may_go(const wire::MessageRecord& first, wire::Mseq received) {
  return first.is_own_copy() || first.mseq <= received;
}

}  // namespace trunkline::persistence
