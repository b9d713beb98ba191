// The users whose home is this rank, as far as they are in memory. One comes in with the first
// frame for it, stays while anything holds it (a session, a queued record, a read, a cursor not yet
// written), and then for as long as there is room among the idle ones.
//
// Frames for a mailbox that is being read wait with it, in order, and are taken when it is ready.
#pragma once

#include "routing/loads.h"

namespace trunkline::routing {

class Mailboxes {
 public:
  Mailboxes(Turn& turn, Loads& loads) : turn_(turn), loads_(loads) {}
  ~Mailboxes();

  // The mailbox of `owner`; it may still be loading. Good until the next call of tidy().
  Mailbox& get(wire::BytesView owner);
  // nullptr: not in memory.
  Mailbox* find(wire::BytesView owner);

  // True when a frame must wait with the mailbox, behind what waits there already.
  static bool must_wait(const Mailbox& mailbox) {
    return !mailbox.loaded || mailbox.blocks > 0 || !mailbox.deferred.empty();
  }
  void defer(Mailbox& mailbox, const wire::FrameView& frame);

  // Something that frames wait for has begun, or has come. `ready` mailboxes have frames to be
  // taken: see take_ready().
  void block(Mailbox& mailbox);
  void unblock(Mailbox& mailbox);
  // The answer to the read that get() began.
  void loaded(Mailbox& mailbox, const wire::MailboxLoaded& loaded);
  // Takes over an account that is durable.
  static void set_account(Mailbox& mailbox, wire::BytesView account);

  // The next frame that need wait no longer, in order; empty when there is none. Then `mailbox` is
  // its mailbox.
  wire::Bytes next_ready(Mailbox*& mailbox);
  // The frame that next_ready() gave must wait again, at the head of its line.
  void defer_again(Mailbox& mailbox, wire::Bytes frame);

  // End of a step: mailboxes that nothing holds become idle; those beyond the bound are forgotten.
  void tidy();
  // Something that held it in memory has let go.
  void released(Mailbox& mailbox) {
    if (std::exchange(mailbox.released, true)) return;
    maybe_idle_.push_back(&mailbox);
  }
  void unpin(Mailbox& mailbox) {
    --mailbox.pins;
    released(mailbox);
  }

  std::size_t size() const { return mailboxes_.size(); }
  // In no order.
  template <class Visit>
  void each(Visit&& visit) const {
    for (const auto& [owner, mailbox] : mailboxes_) visit(*mailbox);
  }

 private:
  static bool is_held(const Mailbox& mailbox);
  void forget(Mailbox& mailbox);

  Turn& turn_;
  Loads& loads_;
  TextMap<std::unique_ptr<Mailbox>> mailboxes_;
  boost::container::deque<Mailbox*> ready_;
  std::vector<Mailbox*> maybe_idle_;
  using Idle = boost::intrusive::list<
      Mailbox, boost::intrusive::member_hook<Mailbox, decltype(Mailbox::idle), &Mailbox::idle>,
      boost::intrusive::constant_time_size<false>>;
  Idle idle_;  // longest unused first
  std::size_t idle_count_ = 0;
};

}  // namespace trunkline::routing
