// The walk over the whole archive that age asks for, in slices of one short transaction each: trims
// every mailbox by the limits, then forgets remembered ids: those of a pair whose newest is older
// than 7 days, and those before the last 1,024 of a pair.
//
// Threads: the archiver alone.
#pragma once

#include "persistence/archive_fill.h"

namespace trunkline::persistence {

class RetentionSweep {
 public:
  RetentionSweep(ArchiveTables& tables, const RetentionLimits& limits)
      : tables_(tables), limits_(limits) {}

  enum class Slice { done, more, no_room };
  // What a slice may add to the file.
  std::size_t room() const;
  // One slice from where the last one ended; `done`: the next one begins again.
  // `wall_ms`: kNoWallTime leaves out all that goes by age. What moved is appended to `trimmed`.
  Slice slice(std::int64_t wall_ms, std::vector<wire::MailboxTrimmed>& trimmed);

 private:
  // Each: true when its table is done.
  bool sweep_mailboxes(WriteTransaction& transaction, std::int64_t wall_ms,
                       std::vector<wire::MailboxTrimmed>& trimmed);
  bool sweep_remembered(WriteTransaction& transaction, std::int64_t wall_ms);
  std::size_t sweep_pair(WriteTransaction& transaction, const wire::Bytes& pair,
                         std::int64_t wall_ms, std::size_t count_max);

  ArchiveTables& tables_;
  const RetentionLimits limits_;
  bool mailboxes_done_ = false;
  wire::Bytes next_;  // key where the next slice begins
};

}  // namespace trunkline::persistence
