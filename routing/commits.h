// Operations on their way into the store, in order, each with what must happen when its commit has
// returned or when it was taken back (rules 19 and 20). The parts that queue operations decide
// nothing about commits; router.cpp hands what comes back to them.
#pragma once

#include <deque>
#include <variant>

#include "routing/mailbox.h"
#include "routing/turn.h"

namespace trunkline::routing {

// Who waits for the answer to a SEND.
struct Waiter {
  wire::Address session;
  wire::Tag tag = 0;
  std::uint32_t cost = 0;
};

// A message in its receiver's mailbox.
struct QueuedMessage {
  Mailbox* mailbox = nullptr;
  Place place;
  Sender* sender = nullptr;
  wire::RankId copy_to = wire::kNoRank;  // home of the sender, if another rank
  boost::container::small_vector<Waiter, 1> waiters;
  wire::Bytes record;  // empty but for a planted fault (live_path)
};
// The sender's copy of a message in the same log.
struct QueuedOwnCopy {
  Mailbox* mailbox = nullptr;
  Place place;
};
// A copy that came by a copy stream.
struct QueuedCopy {
  Mailbox* mailbox = nullptr;
  Place place;
  wire::RankId source = wire::kNoRank;
  wire::LogId log = 0;
  wire::Lsn lsn = 0;
};
struct QueuedCursor {
  Mailbox* mailbox = nullptr;
  wire::Bytes device;
  bool forgotten = false;
};
// How far our copies stand at `target`.
struct QueuedCopied {
  wire::RankId target = wire::kNoRank;
};
struct QueuedAccount {
  Mailbox* mailbox = nullptr;
  wire::Bytes account;
  wire::Address asker;
};

using Queued = std::variant<QueuedMessage, QueuedOwnCopy, QueuedCopy, QueuedCursor, QueuedCopied,
                            QueuedAccount>;

class Commits {
 public:
  explicit Commits(Turn& turn) : turn_(turn) {}

  // Appends a record; `with_previous`: in the same commit as the operation before it.
  wire::Op append(wire::Bytes record, Queued queued, bool with_previous = false);
  wire::Op put_account(wire::Bytes account, Queued queued);

  // The queued message of that operation. REQUIRES: it is one, and not yet durable.
  QueuedMessage& message(wire::Op op);

  // Calls settle(Queued&) for each operation that is durable now, in order.
  template <class Settle>
  void durable(wire::Op op, Settle&& settle) {
    while (!entries_.empty() && first_ <= op) {
      Entry entry = std::move(entries_.front());
      entries_.pop_front();
      ++first_;
      bytes_ -= entry.bytes;
      settle(entry.queued);
    }
  }
  // Calls undo(Queued&) for each operation, the newest first, then answer(Queued&), in order.
  template <class Undo, class Answer>
  void taken_back(std::uint32_t generation, Undo&& undo, Answer&& answer) {
    std::deque<Entry> entries = std::exchange(entries_, {});
    generation_ = generation;
    first_ += entries.size();
    bytes_ = 0;
    for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) undo(entry->queued);
    for (Entry& entry : entries) answer(entry.queued);
  }

  // Two commits' worth is queued: SENDs had better wait where they can still be refused (rule 7a).
  bool is_filled() const {
    return entries_.size() >= 2 * wire::kCommitRecordsMax || bytes_ >= 2 * wire::kCommitBytesMax;
  }
  std::size_t queued() const { return entries_.size(); }
  // Something was queued since the last call.
  bool take_fresh() { return std::exchange(fresh_, false); }

 private:
  struct Entry {
    Queued queued;
    std::size_t bytes = 0;
  };
  wire::Op add(std::variant<wire::AppendRecord, wire::PutAccount> what, std::size_t bytes,
               Queued queued, bool with_previous);

  Turn& turn_;
  std::deque<Entry> entries_;
  wire::Op first_ = 1;  // operation of the first entry
  std::uint32_t generation_ = 0;
  std::size_t bytes_ = 0;
  bool fresh_ = false;
};

}  // namespace trunkline::routing
