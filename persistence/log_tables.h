// The log environment: the records of this rank that are not archived yet (and those whose trimming
// is still to come), by lsn.
//
// Threads: read at opening, then the writer's alone.
#pragma once

#include <functional>

#include "persistence/environment.h"
#include "persistence/schema.h"

namespace trunkline::persistence {

class LogTables {
 public:
  // Throws std::runtime_error when the environment is of another log.
  LogTables(const std::string& path, std::size_t map_bytes, wire::LogId log, Opening opening);

  Environment environment;
  MDB_dbi meta = 0, records = 0;

  struct Range {
    wire::Lsn first = 1;
    wire::Lsn last = 0;  // first - 1: empty
  };
  Range range() const;
  // Gives the records from `first` on, every one verified. Throws std::runtime_error at the first
  // that is missing or damaged, and says which.
  void replay(wire::Lsn first, const std::function<void(wire::BytesView record)>& take) const;
};

}  // namespace trunkline::persistence
