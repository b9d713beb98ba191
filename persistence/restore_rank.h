// One rank's data being made from a dump: a new identity and log, and all that the dump holds for
// its users in the archive. The log begins empty, so its first record is number 1.
//
// Threads: one. Trouble: no room throws std::runtime_error; any other failure of the disk ends the
// process (environment.h).
#pragma once

#include <optional>

#include "persistence/archive_tables.h"
#include "persistence/dump_format.h"
#include "persistence/state_tables.h"

namespace trunkline::persistence {

class RestoreRank {
 public:
  // Makes `directory`, for rank `self` of `slots`, as data that has served `header.epoch`.
  RestoreRank(const std::string& directory, wire::RankId self, const wire::SlotMap& slots,
              const DumpHeader& header);

  void put_account(const wire::Account& account);
  void put_mailbox(wire::BytesView owner, const MailboxMeta& meta);
  void put_message(const DumpMessage& message);
  void put_remembered(wire::BytesView owner, const DumpRemembered& remembered);
  // Durable when it returns. Nothing may be put afterwards.
  void finish();

 private:
  // A transaction that is under way, and how much is in it.
  struct Batch {
    explicit Batch(Environment& environment) : environment(environment) {}
    void put(MDB_dbi table, wire::BytesView key, wire::BytesView value);
    void commit();
    Environment& environment;
    std::optional<WriteTransaction> writing;
    std::size_t rows = 0, bytes = 0;
  };

  const std::string directory_;
  StateTables state_;
  ArchiveTables archive_;
  Batch accounts_{state_.environment};
  Batch rows_{archive_.environment};
};

}  // namespace trunkline::persistence
