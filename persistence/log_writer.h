// The writer thread: the only one that writes `log` and `state`. Group commit without a timer: what
// is queued when a commit returns is the next transaction, within kCommitRecordsMax and
// kCommitBytesMax. Only where all of it is patient (wire/storage.h), it waits a little for company.
// In the same transactions it trims the log's front, as far as it was told.
//
// Threads: the owner calls everything; completions are posted to it.
// Trouble: no room, found before a transaction or by a full map, takes back everything queued and
// is told by TakenBack and RoomChanged; while it lasts, room is looked for twice a second. Any
// other failure ends the process (stop_serving).
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include "persistence/ballast.h"
#include "persistence/completions.h"
#include "persistence/environment.h"
#include "wire/trace.h"

namespace trunkline::persistence {

// An environment with the one table that the writer puts into, and how far it may grow.
struct WriterTable {
  Environment& environment;
  MDB_dbi table;
  std::size_t map_bytes_max;
  std::size_t chunk_bytes;  // of its file, allocated ahead of use
};

class LogWriter {
 public:
  struct Counters {
    std::atomic<std::uint64_t> commits = 0, commit_us = 0, records = 0, bytes = 0, taken_back = 0;
  };

  // Starts the thread. `first_lsn`: of what stands in the log; `next_lsn`: of what it appends.
  // `traced`: the thread's own ring; null: none.
  LogWriter(WriterTable log, WriterTable accounts, wire::Lsn first_lsn, wire::Lsn next_lsn,
            Ballast& ballast, Completions& completions, wire::TraceRing* traced);
  // Ends after the transaction that is under way; what is queued is not written.
  ~LogWriter();

  void submit(std::vector<wire::StoreOp> ops);
  // Records up to `lsn` may leave the log.
  void trim_up_to(wire::Lsn lsn);
  // Held, it commits nothing: the archive is far behind, and memory is bounded.
  void hold(bool held);
  const Counters& counters() const { return counters_; }

 private:
  // Operations of one kind that go into one transaction.
  using Group = std::vector<wire::StoreOp>;

  void run();
  bool has_work() const;
  bool is_due() const;
  void wait_for_work(std::unique_lock<std::mutex>& lock);
  Group take_group();
  void commit(Group group);
  void trace(const Group& group, wire::Stage stage);
  bool append(const Group& group);
  bool append_once(const Group& group);
  bool put_accounts(const Group& group);
  void erase_front(WriteTransaction& transaction, std::size_t count);
  void trim_only();
  void take_back(const Group& group);
  void look_for_room();
  void set_full(bool full);

  const WriterTable log_, accounts_;
  wire::TraceRing* const traced_;
  Ballast& ballast_;
  Completions& completions_;
  Counters counters_;

  // The writer thread's own.
  wire::Lsn next_lsn_;
  wire::Lsn first_lsn_;  // what is left of the log begins here
  bool full_ = false;
  std::chrono::steady_clock::time_point looked_for_room_;
  wire::Lsn map_full_at_ = 0;  // first_lsn_ when the map was full and could not grow

  // Shared with the owner, for the length of a push or a take.
  std::mutex mutex_;
  std::condition_variable awake_;
  std::deque<wire::StoreOp> queue_;
  std::size_t urgent_ = 0;                        // of queue_: not patient
  std::chrono::steady_clock::time_point due_at_;  // of a queue_ that is not empty
  std::uint32_t generation_ = 0;
  wire::Lsn trim_to_ = 0;
  bool held_ = false;
  bool stopping_ = false;

  std::thread thread_;
};

}  // namespace trunkline::persistence
