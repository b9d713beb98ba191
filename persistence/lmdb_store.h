// The store on a local disk: three LMDB environments in one directory of its own. `log` is the
// truth and all that an ack waits for; `archive` holds what has left the log's tail, filled in the
// background; `state` holds accounts, identity and epoch. README.md tells the whole of it.
//
// Opening throws std::runtime_error with what is wrong and how to mend it: another process (named),
// a newer or foreign schema, another slot map, rank or number of ranks, files that do not belong
// together, a network file system, no directory, no permission, a damaged record of the log.
//
// Threads: one owner calls everything; a writer and an archiver thread run inside from begin() on.
// Failure in service: want of room is TakenBack and RoomChanged; anything else that a commit or a
// read may meet ends the process at once (environment.h: stop_serving).
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "persistence/data_directory.h"
#include "persistence/retention.h"
#include "persistence/store.h"
#include "wire/placement.h"

namespace trunkline::wire {
class Trace;
}

namespace trunkline::persistence {

struct LmdbConfig {
  std::string directory;  // of this rank alone; made if absent
  wire::RankId self = 0;
  wire::SlotMap slots = wire::SlotMap::fresh(1, 0);  // with the number of ranks
  // The cluster's, as rank 0 has it. Absent: what the directory holds, or a fresh one. A directory
  // that holds another one is of another cluster, and refused.
  std::optional<std::array<unsigned char, 32>> pepper;

  RetentionLimits retention;
  std::chrono::milliseconds sweep_every = std::chrono::hours(1);
  // Wall and monotonic time, for retention by age; called on a thread of the store. Empty: the
  // system's.
  std::function<wire::Now()> clock;

  // Newest records that stay in memory: live delivery reads them there and never from LMDB. More
  // costs memory (75 B each above the record's own) and a longer replay at opening. Never more than
  // retention.records.
  std::size_t tail_records = 4'096;
  std::size_t tail_bytes = 4 * 1024 * 1024;
  // Above this the archive is so far behind that commits wait for it.
  std::size_t unarchived_bytes_max = 256 * 1024 * 1024;

  // Address space, taken at first and at most. A log that reaches its most is `full`.
  std::size_t log_map_bytes = std::size_t{16} << 30;
  std::size_t log_map_bytes_max = std::size_t{256} << 30;
  std::size_t archive_map_bytes = std::size_t{16} << 30;
  std::size_t archive_map_bytes_max = std::size_t{4} << 40;
  std::size_t state_map_bytes = std::size_t{16} << 30;  // for good: some 40 million accounts
  // Log and archive are allocated ahead of use, so much at a time; state a quarter of it.
  std::size_t chunk_bytes = 16 * 1024 * 1024;
  // Given up when the disk is full, so that trimming can commit.
  std::size_t ballast_bytes = 64 * 1024 * 1024;

  wire::Trace* trace = nullptr;                   // of this process; null: nothing is traced
  FileSystemType file_system = file_system_type;  // a seam for tests
};

class LmdbStore {
 public:
  explicit LmdbStore(LmdbConfig config);
  // Ends its threads and gives up the lock. What was queued is not written.
  ~LmdbStore();

  const wire::StoreOpened& opened() const;
  // Throws std::runtime_error when the epoch is not higher than all that served this data.
  void begin(wire::Epoch epoch);
  void submit(std::vector<wire::StoreOp> ops);
  // Always answers at once: microseconds, from memory or by one short snapshot.
  bool load(const wire::Load& load, wire::Loaded& out);
  void poll(std::vector<wire::StoreEvent>& events);
  int event_fd() const;
  std::size_t queued() const;
  StoreCounters counters() const;

  // Trims by age and count now, without waiting for the hour. What moves is told by MailboxTrimmed.
  void sweep();

 private:
  class Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace trunkline::persistence
