// Messages into a mailbox whose home is here (protocol section 4, rules 13 to 20): fenced, known
// already, refused, or queued for the next commit. Only a commit answers.
#pragma once

#include "routing/commits.h"
#include "routing/pumps.h"

namespace trunkline::routing {

class Inbox {
 public:
  Inbox(Turn& turn, Loads& loads, Mailboxes& mailboxes, Commits& commits, Courier& courier,
        Pumps& pumps)
      : turn_(turn),
        loads_(loads),
        mailboxes_(mailboxes),
        commits_(commits),
        courier_(courier),
        pumps_(pumps) {}

  // False: something must be read first; the frame waits with the mailbox, and comes again.
  // REQUIRES: the mailbox is loaded.
  bool take(Mailbox& mailbox, const wire::FrameView& frame, const wire::Send& send);
  void refuse(const wire::FrameView& frame, const wire::Send& send, wire::Code code);

  void loaded(const ForSender& purpose, const wire::RememberedLoaded& loaded);
  void loaded(const ForQuota& purpose, const wire::MessagesLoaded& loaded);

  // The commit returned: everybody who waits is answered.
  void settle(QueuedMessage& queued);
  // Taken back (rule 20): as if it had never come, then refused.
  void undo(QueuedMessage& queued);
  void refuse_full(const QueuedMessage& queued);

 private:
  wire::Code fact_against(const Mailbox& mailbox, const wire::MessageView& message) const;
  std::optional<wire::Code> room_for(Mailbox& mailbox, const wire::MessageView& message);
  std::optional<wire::Code> judge_quota(Mailbox& mailbox, const wire::MessageView& message);
  bool is_within_rate(Mailbox& mailbox, wire::BytesView sender);
  bool has_own_mailbox(Mailbox& mailbox, const wire::MessageView& message);
  Sender* sender_of(Mailbox& mailbox, const wire::MessageView& message);
  void forget_a_sender(Mailbox& mailbox);
  void repeat(const RememberedIds::Seen& seen, const Waiter& waiter);
  void queue(Mailbox& mailbox, Sender& sender, wire::MessageRecord record, const Waiter& waiter);

  Turn& turn_;
  Loads& loads_;
  Mailboxes& mailboxes_;
  Commits& commits_;
  Courier& courier_;
  Pumps& pumps_;
};

}  // namespace trunkline::routing
