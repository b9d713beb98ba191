// What the store's own threads tell its owner: posted by writer and archiver, taken by poll().
//
// Threads: any posts, the owner takes. A mutex, not a lock-free queue: it is held for the swap of a
// vector, and there is one post for each commit, beside which a sync costs a thousand times more.
// The eventfd is written only for the first post after a take, so an awake owner is not rung twice.
#pragma once

#include <mutex>
#include <variant>
#include <vector>

#include "wire/storage.h"

namespace trunkline::persistence {

// A commit returned; the operations come back for the tail.
struct Committed {
  std::vector<wire::StoreOp> ops;
  wire::Lsn last_lsn = 0;
};
// Everything up to `lsn` is in the archive.
struct Archived {
  wire::Lsn lsn = 0;
};
// It is time to sweep; the owner sees to it that all is archived first.
struct SweepDue {};
using Completion = std::variant<Committed, Archived, SweepDue, wire::TakenBack, wire::RoomChanged,
                                wire::MailboxTrimmed>;

class Completions {
 public:
  Completions();
  ~Completions();
  Completions(const Completions&) = delete;
  Completions& operator=(const Completions&) = delete;

  void post(Completion completion);
  // Gives all that was posted, in order.
  void take(std::vector<Completion>& out);
  int event_fd() const { return event_fd_; }

 private:
  std::mutex mutex_;
  std::vector<Completion> posted_;
  int event_fd_ = -1;
};

}  // namespace trunkline::persistence
