// Cursors: how far each device of a user has acknowledged (rule 25). A cursor that moved is written
// with the next commit that is made anyway, and starts one by itself after 100 ms. A device that is
// one too many is forgotten by a record of the same kind.
#pragma once

#include "routing/commits.h"
#include "routing/mailboxes.h"

namespace trunkline::routing {

class Cursors {
 public:
  Cursors(Turn& turn, Commits& commits, Mailboxes& mailboxes)
      : turn_(turn), commits_(commits), mailboxes_(mailboxes) {}

  // The client has acknowledged all up to `mseq`; beyond what it was sent it is ignored.
  void received(Mailbox& mailbox, Device& device, wire::Mseq mseq);
  // The device of that name, which is known from now on; if there are too many, the one longest
  // unseen that has no session is forgotten. nullptr: all have sessions.
  Device* know(Mailbox& mailbox, wire::BytesView name);

  // End of a turn; `riding`: something else is being committed.
  void flush(bool riding);
  void settle(const QueuedCursor& queued) { mailboxes_.unpin(*queued.mailbox); }
  void undo(const QueuedCursor& queued);

  std::int64_t flush_at() const {
    return dirty_.empty() || turn_.full ? kNever : dirty_since_us_ + wire::kCursorFlushUs;
  }
  // Nothing is left that can be written.
  bool settled() const { return dirty_.empty() || turn_.full; }

 private:
  struct Dirty {
    Mailbox* mailbox;
    wire::Bytes device;
    bool forgotten;
  };
  void mark(Mailbox& mailbox, wire::Bytes device, bool forgotten);

  Turn& turn_;
  Commits& commits_;
  Mailboxes& mailboxes_;
  std::vector<Dirty> dirty_;  // each holds a pin of its mailbox
  std::int64_t dirty_since_us_ = 0;
};

}  // namespace trunkline::routing
