// Pumps: each session of a user reads the mailbox from its own position, through its own window
// (rule 22). Backlog, new messages, restarts and slow sockets are all this one path: what a session
// is shown was read from the store, and so is committed.
#pragma once

#include "routing/courier.h"
#include "routing/mailboxes.h"

namespace trunkline::routing {

class Pumps {
 public:
  Pumps(Turn& turn, Loads& loads, Mailboxes& mailboxes, Courier& courier)
      : turn_(turn), loads_(loads), mailboxes_(mailboxes), courier_(courier) {}

  // The mailbox has grown, or the session has just attached.
  void run(Mailbox& mailbox);
  // A session's socket has taken all up to `mseq`.
  void taken(Mailbox& mailbox, Device& device, wire::Mseq mseq);
  void loaded(const ForPump& purpose, const wire::MessagesLoaded& loaded);

  // Planted faults (live_path, deliver_early): shows a record to every session at once.
  void show(Mailbox& mailbox, const wire::Bytes& record);

 private:
  void run(Mailbox& mailbox, Device& device);
  bool is_open(const Pump& pump) const;
  void deliver(Registered& session, wire::BytesView record);
  void skip_to(Registered& session, wire::Mseq first);

  Turn& turn_;
  Loads& loads_;
  Mailboxes& mailboxes_;
  Courier& courier_;
};

}  // namespace trunkline::routing
