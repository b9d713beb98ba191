// One rank's data, opened to be dumped: archive and log's tail together, as its store would see
// them, but to be walked from end to end. Nothing in it is changed.
//
// Threads: one. Trouble: throws std::runtime_error as LmdbStore does at opening; a damaged record
// of the archive is reported on stderr (STORE-DAMAGE) and left out.
#pragma once

#include <map>
#include <memory>
#include <set>

#include "persistence/directories.h"
#include "persistence/dump_writer.h"
#include "persistence/lmdb_archive.h"
#include "persistence/log_tables.h"
#include "persistence/state_tables.h"
#include "persistence/tail.h"

namespace trunkline::persistence {

// The number of ranks that the data of rank 0 in `directory` was made for. Locks it meanwhile.
std::uint32_t ranks_of_data(const std::string& directory);

// A message whose copy has not reached its sender's home, as it stands in the receiver's log.
struct PendingCopy {
  wire::LogId log = 0;
  wire::Lsn lsn = 0;
  wire::Bytes record;
};

// What had to be left out.
struct DumpLosses {
  std::uint64_t accounts = 0;        // damaged
  std::uint64_t messages = 0;        // damaged
  std::uint64_t remembered_ids = 0;  // of messages that are gone, hashed with another key
};

class DumpRank {
 public:
  // `pepper`: of rank 0, absent for rank 0 itself. Locks the directory for life.
  DumpRank(const std::string& directory, wire::RankId self, const wire::SlotMap& slots,
           const std::optional<std::array<unsigned char, 32>>& pepper);

  const Identity& identity() const { return state_.identity(); }
  wire::Epoch epoch() const { return state_.epoch(); }
  // About how many messages it holds.
  std::uint64_t messages() const;

  // ---- copy streams
  // Calls `visit` with each message that waits to be copied to rank `target`, which has those of
  // this log up to `there`.
  void pending_copies(wire::RankId target, wire::Lsn there,
                      const std::function<void(PendingCopy copy)>& visit) const;
  // How far copies of `log` have come here.
  wire::Lsn position_of(wire::LogId log) const;
  // A copy to be appended to its sender's mailbox here.
  void add_copy(wire::Bytes sender, PendingCopy copy);
  std::uint64_t copies() const { return copy_count_; }

  // ---- walking: the next one in the order of a dump, or nothing at the end
  // The name of a user who has an account.
  std::optional<wire::Bytes> next_account();
  // The key (owner_key) of a mailbox.
  std::optional<wire::Bytes> next_mailbox();

  // ---- writing what was met on the walk
  void write_account(wire::BytesView user, DumpWriter& writer, DumpLosses& losses) const;
  void write_mailbox(wire::BytesView owner, DumpWriter& writer, DumpLosses& losses) const;

 private:
  // A walk over one table. Its snapshot stands as long as it does: nobody writes meanwhile.
  struct Walk {
    Walk(const Environment& environment, MDB_dbi table)
        : reading(environment), cursor(reading, table), at(cursor.first()) {}
    std::optional<wire::Bytes> take();
    ReadTransaction reading;
    Cursor cursor;
    bool at;
  };
  class MailboxOut;

  void replay();

  const wire::RankId self_;
  const DirectoryLock lock_;
  StateTables state_;
  LogTables log_tables_;
  ArchiveTables archive_tables_;
  LmdbArchive archive_{archive_tables_};
  const wire::PrintKey print_key_;  // of the dump
  const wire::Lsn archived_;
  RecordLog log_;
  Tail tail_;
  std::map<wire::Bytes, std::vector<PendingCopy>, std::less<>> copies_;  // by sender
  std::uint64_t copy_count_ = 0;
  std::set<wire::Bytes> not_archived_;  // keys of mailboxes that the tail or copies know
  std::optional<Walk> accounts_, mailboxes_;
  std::optional<wire::Bytes> archived_mailbox_;  // the walk's next
};

}  // namespace trunkline::persistence
