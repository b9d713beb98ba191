// A whole cluster, opened to be dumped: the directories of all its ranks, whose copy streams are
// drained here, so that nothing in the dump depends on which rank had what.
//
// Throws std::runtime_error that says what to do: a process has the data (its pid), a rank's
// directory is missing, whatever keeps a rank from starting on it.
#pragma once

#include "persistence/dump_rank.h"

namespace trunkline::persistence {

class DumpCluster {
 public:
  // `data`: the directory with rank-0, rank-1 … in it, as `trunkline start --data` has it.
  explicit DumpCluster(const std::string& data);

  DumpHeader header(std::int64_t wall_ms) const;
  // About how many messages will be written, for progress.
  std::uint64_t messages() const;
  // Copies that had not reached their sender's mailbox, and stand in it in the dump.
  std::uint64_t copies() const;
  // Writes all items. `on_way` is called after each account and mailbox. REQUIRES: once.
  DumpLosses write(DumpWriter& writer, const std::function<void()>& on_way);

 private:
  void drain_copies();

  const std::unique_ptr<DirectoryLock> supervisor_;  // before anything is read
  wire::SlotMap slots_;
  std::vector<std::unique_ptr<DumpRank>> ranks_;
};

}  // namespace trunkline::persistence
