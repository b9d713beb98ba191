// A store in memory: for the simulator, for tests and for laboratories without a disk. Single
// threaded and deterministic. What is committed lies in a MemoryDisk, which outlives the store:
// destroying the store is the crash, and a new one on the same disk is the restart that remembers
// what was committed and nothing else. Memory is not given back before the disk goes.
#pragma once

#include <deque>
#include <map>

#include "persistence/reading.h"
#include "persistence/retention.h"
#include "persistence/store.h"
#include "wire/fault.h"

namespace trunkline::persistence {

struct MemoryDisk {
  MemoryDisk(wire::LogId log_id, const wire::PrintKey& print_key,
             const std::array<unsigned char, 32>& pepper)
      : log_id(log_id), print_key(print_key), pepper(pepper) {}

  const wire::LogId log_id;
  const wire::PrintKey print_key;
  const std::array<unsigned char, 32> pepper;
  wire::Epoch epoch = 0;  // of the last writer; older ones are refused
  RecordLog log;
  std::map<wire::Bytes, wire::Bytes, std::less<>> accounts;  // by user
  struct Trimmed {
    wire::Mseq first = 1;
    Sums sums;  // of the record before it
  };
  std::map<wire::Bytes, Trimmed, std::less<>> trimmed;  // by owner
};

struct MemoryConfig {
  wire::RankId self = 0;
  wire::SlotMap slots = wire::SlotMap::fresh(1, 0);
  bool commit_in_poll = true;  // else commit_one() and commit_all() do
  bool loads_later = false;    // every load is answered by poll()
  RetentionLimits retention;
  wire::Fault fault = wire::Fault::none;  // no_rebuild, copy_ahead
};

// `disk` outlives the store; two stores on it are an old and a new writer, told apart by begin().
class MemoryStore final : ArchiveReader {
 public:
  MemoryStore(MemoryDisk& disk, MemoryConfig config);

  const wire::StoreOpened& opened() const { return opened_; }
  void begin(wire::Epoch epoch);
  void submit(std::vector<wire::StoreOp> ops);
  bool load(const wire::Load& load, wire::Loaded& out);
  void poll(std::vector<wire::StoreEvent>& events);
  int event_fd() const { return -1; }
  std::size_t queued() const { return queue_.size(); }
  const StoreCounters& counters() const { return counters_; }

  // ---- for who plays the disk
  // Commits the oldest operation (with those that share its commit), or all, in one transaction.
  // False: nothing was queued. Where the disk is full, or a newer writer has begun, everything
  // queued is taken back instead.
  bool commit_one() { return commit(1); }
  bool commit_all() { return commit(queue_.size()); }
  // From now on every commit fails for want of room, or none does.
  void set_full(bool full);
  // Trims every mailbox by the limits. `wall_ms`: kNoWallTime leaves age out.
  void retain(std::int64_t wall_ms);

 private:
  bool commit(std::size_t count);
  void take_back();
  wire::Loaded answer(const wire::Load& load) const;
  void add_queued_copies(const wire::LoadCopies& load, wire::CopiesLoaded& loaded) const;
  wire::Bytes account(const wire::Bytes& owner) const;  // empty: no such user
  wire::AccountsLoaded accounts(const wire::LoadAccounts& load) const;
  void trim(const wire::Bytes& owner, MailboxMeta& meta, std::int64_t wall_ms);

  // ArchiveReader: nothing is archived, but what retention trimmed is known.
  MailboxMeta mailbox(wire::BytesView owner) const override;
  void messages(wire::BytesView, wire::Mseq, wire::Mseq, const VisitMessage&) const override {}
  void history(wire::BytesView, wire::BytesView, wire::Mseq, const VisitMessage&) const override {}
  void remembered(wire::BytesView, wire::BytesView, wire::BytesView, wire::Mseq, std::size_t,
                  std::vector<wire::Remembered>&) const override {}
  void copies(wire::RankId, wire::Lsn, wire::Lsn, const VisitCopy&) const override {}

  MemoryDisk& disk_;
  const MemoryConfig config_;
  Tail tail_;
  Reading reading_;
  wire::StoreOpened opened_;
  wire::Epoch epoch_ = 0;
  wire::Lsn folded_ = 0;  // Durable was answered up to here: what loads see
  std::uint32_t generation_ = 0;
  bool full_ = false;
  std::deque<wire::StoreOp> queue_;
  std::vector<wire::StoreEvent> events_;
  std::vector<wire::Load> loads_;
  StoreCounters counters_;
};

}  // namespace trunkline::persistence
