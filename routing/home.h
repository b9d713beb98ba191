// This rank as the home of its users: takes the frames that concern them, each when its mailbox is
// in memory, and what the store says. The parts do the work; here is who gets what.
#pragma once

#include "routing/accounts.h"
#include "routing/copies_in.h"
#include "routing/copies_out.h"
#include "routing/history.h"
#include "routing/inbox.h"

namespace trunkline::routing {

class Home {
 public:
  Home(Turn& turn, Links& links, Courier& courier, DirectRoutes& direct);

  // A frame from a session anywhere, for a user whose home is here.
  void take(const wire::FrameView& frame);
  void take(wire::RankId source, const wire::Copy& copy) { copies_in_.take(source, copy); }
  void take(wire::RankId target, const wire::Copied& copied) { copies_out_.copied(target, copied); }
  void list_accounts(const wire::Address& asker);

  void step(const wire::Durable& durable);
  void step(const wire::TakenBack& taken_back);
  void step(const wire::Loaded& loaded);
  void step(const wire::MailboxTrimmed&) {}  // Pumps learn of it by what they read.
  void step(const wire::RoomChanged& changed);

  // After each event: frames that need wait no longer.
  void work();
  // Forgets mailboxes that nothing needs. After work(), once nobody holds one by reference.
  void tidy() { mailboxes_.tidy(); }

  // ---- time
  void start() { copies_out_.start(); }  // in the first turn
  void beat() { copies_in_.resume(); }   // once a second
  void refuse_busy();                    // what has waited 5 s for the writer (rule 7a)
  void refuse_all();                     // StopAsked
  void flush();                          // end of a turn: cursors and positions
  std::int64_t wake_at() const;
  // Nothing is queued, being read, or waiting.
  bool settled() const;

  // ---- for inspection
  const Mailboxes& mailboxes() const { return mailboxes_; }
  const CopiesOut& copies_out() const { return copies_out_; }
  std::size_t queued() const { return commits_.queued(); }
  std::size_t waiting_for_writer() const { return line_.size(); }

 private:
  template <class Payload>
  bool take_as(const wire::FrameView& frame, Mailbox* ready);
  bool take(const wire::FrameView& frame, Mailbox* ready);
  void take_verifier(const wire::FrameView& frame);
  void take_misdirected(const wire::FrameView& frame);
  void take_line();
  void grown(Mailbox& mailbox);

  // Each handles a frame for a mailbox that is loaded; false: it must wait for a read.
  bool handle(Mailbox&, const wire::FrameView&, const wire::Attach&);
  bool handle(Mailbox&, const wire::FrameView&, const wire::Detach&);
  bool handle(Mailbox&, const wire::FrameView&, const wire::Send&);
  bool handle(Mailbox&, const wire::FrameView&, const wire::Taken&);
  bool handle(Mailbox&, const wire::FrameView&, const wire::Received&);
  bool handle(Mailbox&, const wire::FrameView&, const wire::History&);
  bool handle(Mailbox&, const wire::FrameView&, const wire::Direct&);
  bool handle(Mailbox&, const wire::FrameView&, const wire::Admin&);

  void settle(QueuedMessage& queued);
  void settle(QueuedOwnCopy& queued);
  void settle(QueuedCopy& queued);
  void settle(QueuedCursor& queued) { cursors_.settle(queued); }
  void settle(QueuedCopied&) {}
  void settle(QueuedAccount& queued) { accounts_.settle(queued); }

  void undo(QueuedMessage& queued) { inbox_.undo(queued); }
  void undo(QueuedOwnCopy& queued);
  void undo(QueuedCopy& queued) { copies_in_.undo(queued); }
  void undo(QueuedCursor& queued) { cursors_.undo(queued); }
  void undo(QueuedCopied& queued) { copies_out_.undo(queued); }
  void undo(QueuedAccount& queued) { accounts_.undo(queued); }

  void came(const ForMailbox& purpose, const wire::MailboxLoaded& loaded);
  void came(const ForSender& purpose, const wire::RememberedLoaded& loaded) {
    inbox_.loaded(purpose, loaded);
  }
  void came(const ForQuota& purpose, const wire::MessagesLoaded& loaded) {
    inbox_.loaded(purpose, loaded);
  }
  void came(const ForPump& purpose, const wire::MessagesLoaded& loaded) {
    pumps_.loaded(purpose, loaded);
  }
  void came(const ForHistory& purpose, const wire::HistoryLoaded& loaded) {
    history_.loaded(purpose, loaded);
  }
  void came(const ForCopies& purpose, const wire::CopiesLoaded& loaded) {
    copies_out_.loaded(purpose.target, loaded);
  }
  void came(const ForVerifier& purpose, const wire::AccountLoaded& loaded) {
    logins_.loaded(purpose, loaded);
  }
  void came(const ForAccounts& purpose, const wire::AccountsLoaded& loaded);

  Turn& turn_;
  Courier& courier_;
  DirectRoutes& direct_;
  Loads loads_;
  Commits commits_;
  Mailboxes mailboxes_;
  Pumps pumps_;
  Cursors cursors_;
  Logins logins_;
  Inbox inbox_;
  HistoryPages history_;
  Accounts accounts_;
  CopiesOut copies_out_;
  CopiesIn copies_in_;
  SendLine line_;  // SENDs that wait for the writer
  std::vector<Mailbox*> grown_;
};

}  // namespace trunkline::routing
