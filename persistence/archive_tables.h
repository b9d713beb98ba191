// The archive: everything that has left the log's tail, by the orders in which it is asked for.
// README.md has the tables. Written by the archiver's thread, read by the store's owner.
#pragma once

#include <mutex>

#include "persistence/environment.h"
#include "persistence/schema.h"

namespace trunkline::persistence {

struct ArchiveHandles {
  MDB_dbi meta, messages, peers, remembered, mailboxes, copies, positions;
};

struct ArchiveTables : ArchiveHandles {
  // Throws std::runtime_error when it is of another log, or damaged beyond repair.
  ArchiveTables(const std::string& path, std::size_t map_bytes, wire::LogId log, Opening opening);

  Environment environment;
  // Filled from the log up to here.
  wire::Lsn applied() const;

  // Held by the owner while it reads and by the archiver while the map grows: LMDB moves the map
  // only when no transaction of the process is open on it. Uncontended but for those rare moments.
  mutable std::mutex map_mutex;
};

// Makes a new environment belong to log `log`, or checks that this one does. Throws
// std::runtime_error.
void claim_for_log(Environment& environment, MDB_dbi meta, wire::LogId log, Opening opening);

}  // namespace trunkline::persistence
