// The archiver thread: fills the archive from the tail, says once an hour that a sweep is due,
// sweeps when it is told to, and clears dead readers once a minute. It runs with less priority than
// the way of the acks.
//
// Threads: the owner calls everything; answers are posted to it.
// Trouble: without room it gives up the ballast, goes on in small portions, and waits for room
// where even that is not enough; nothing is lost, the log just stays as long as it is.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "persistence/ballast.h"
#include "persistence/completions.h"
#include "persistence/retention_sweep.h"

namespace trunkline::persistence {

using Clock = std::function<wire::Now()>;  // called on the archiver's thread

struct ArchiverConfig {
  ArchiveRules rules;
  std::size_t map_bytes_max;
  std::size_t chunk_bytes;  // of its file, allocated ahead of use
  std::chrono::milliseconds sweep_every;
  Clock clock;
  std::vector<Environment*> environments;  // whose readers are looked after
};

class Archiver {
 public:
  Archiver(ArchiveTables& tables, ArchiverConfig config, Ballast& ballast,
           Completions& completions);
  // Ends after the transaction that is under way.
  ~Archiver();

  // Answered by Archived{portion.last()}, perhaps by several on the way. The records are kept by
  // the caller until then. REQUIRES: the portion before has been answered to its end.
  void archive(ArchivePortion portion);
  // Sweeps once for what is too old or too much.
  void sweep();

 private:
  void run();
  void fill(ArchivePortion portion);
  bool fill_some(ArchivePortion& portion);
  void run_sweep();
  bool find_room(std::size_t bytes);
  bool grow_map();
  bool wait_a_moment();  // false: stopping
  bool is_stopping();
  std::int64_t trusted_wall_ms();
  void post(std::vector<wire::MailboxTrimmed>& trimmed);

  ArchiveTables& tables_;
  const ArchiverConfig config_;
  Ballast& ballast_;
  Completions& completions_;
  RetentionSweep sweep_;
  const ClockWatch clock_watch_;
  bool clock_parted_ = false;  // and it has been said

  std::mutex mutex_;  // for the length of handing over a portion
  std::condition_variable awake_;
  std::optional<ArchivePortion> portion_;
  bool sweep_asked_ = false;
  bool stopping_ = false;

  std::thread thread_;
};

}  // namespace trunkline::persistence
