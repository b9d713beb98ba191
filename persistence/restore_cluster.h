// A dump on its way into a data directory, for any number of ranks. All of it is made in a
// directory of another name and moved in place at the very end, rank 0 last: until then a cluster
// that is started on the data finds nothing of it, or refuses.
//
// Threads: one. Throws std::runtime_error that says what to do.
#pragma once

#include <memory>
#include <vector>

#include "persistence/directories.h"
#include "persistence/restore_rank.h"

namespace trunkline::persistence {

struct RestoreOptions {
  std::string data;       // made if absent; refused if it holds anything
  std::size_t ranks = 0;  // 0: as many as were dumped
  // The cluster went on after this dump: mailboxes get new creation numbers, which tell clients to
  // start again, and the epoch jumps over those that have been served since.
  bool rewound = false;
  std::int64_t wall_ms = 0;  // new creation numbers begin there
};

// Throws when `data` holds anything, or lies where no data may be. Makes nothing.
void check_may_restore_to(const std::string& data);

class RestoreCluster {
 public:
  explicit RestoreCluster(RestoreOptions options);
  // Takes away all that was made, unless finish() has returned.
  ~RestoreCluster();
  RestoreCluster(const RestoreCluster&) = delete;
  RestoreCluster& operator=(const RestoreCluster&) = delete;

  // The items of a dump, one after the other, as a DumpReader gives them.
  void take(const DumpItem& item);
  // Everything is in its place, and durable, when it returns. REQUIRES: the dump was whole.
  void finish();
  std::size_t ranks() const { return ranks_.size(); }

 private:
  void begin(DumpHeader header);
  void put_account(wire::Account account);
  void end_mailbox();
  RestoreRank& home(wire::BytesView user) { return *ranks_[slots_.home(user)]; }
  std::string making(std::size_t rank) const;
  std::string place(std::size_t rank) const;

  const RestoreOptions options_;
  const bool made_data_;
  bool finished_ = false;
  std::optional<DirectoryLock> lock_;
  wire::SlotMap slots_ = wire::SlotMap::fresh(1, 0);
  std::vector<std::unique_ptr<RestoreRank>> ranks_;
  std::uint64_t creation_ = 0;
  std::size_t placed_ = 0;  // ranks that have been moved to their place
  wire::Bytes owner_;       // of the mailbox under way; empty: none
  MailboxMeta meta_;
};

}  // namespace trunkline::persistence
