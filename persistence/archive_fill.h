// Writing the archive: a portion of the log's tail in one transaction, sorted so that neighbours
// share pages; and trimming, which the sweep shares.
//
// Threads: the archiver alone.
#pragma once

#include <map>

#include "persistence/archive_tables.h"
#include "persistence/retention.h"

namespace trunkline::persistence {

// Records of the log that are to be archived. The views point into the owner's tail, which keeps
// them until the archiver has answered.
struct ArchivePortion {
  wire::Lsn first = 0;
  std::vector<wire::BytesView> records;
  // Where our copies stand at other ranks, as the owner knows; what lies behind is not pending.
  std::map<wire::RankId, wire::Lsn> copied;

  wire::Lsn last() const { return first + records.size() - 1; }
};

struct ArchiveRules {
  const wire::SlotMap& slots;
  wire::RankId self;
  RetentionLimits retention;
};

// Writes the portion and what follows from it (heads, cursors, positions, pending copies), trims
// the mailboxes that it touched, and commits. Durable when it returns true; what was trimmed is
// appended to `trimmed`. False: the map is full, nothing happened.
[[nodiscard]] bool fill_archive(ArchiveTables& tables, const ArchiveRules& rules,
                                const ArchivePortion& portion, std::int64_t wall_ms,
                                std::vector<wire::MailboxTrimmed>& trimmed);

// How many bytes such a transaction may add to the file.
std::size_t room_to_fill(const ArchiveTables& tables, std::size_t records, std::size_t bytes);

// Cuts messages off the front of a mailbox until it holds no more than it should, at most
// `count_max` of them. Changes `meta`, which the caller stores. Returns how many went.
std::size_t trim_mailbox(WriteTransaction& transaction, const ArchiveTables& tables,
                         wire::BytesView owner, MailboxMeta& meta, const RetentionLimits& limits,
                         std::int64_t wall_ms, std::size_t count_max);

// Reads a mailbox's meta inside a transaction; a fresh one where there is none, one found out again
// where it is damaged.
MailboxMeta meta_of(WriteTransaction& transaction, const ArchiveTables& tables,
                    wire::BytesView owner);

}  // namespace trunkline::persistence
