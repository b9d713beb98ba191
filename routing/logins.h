// Logins of a user at their home: verifiers, and the registry of devices with their sessions
// (protocol section 4, rules 10 to 12). A device has one session, the one with the highest sepoch.
#pragma once

#include "routing/cursors.h"
#include "routing/direct_routes.h"
#include "routing/pumps.h"

namespace trunkline::routing {

// REQUIRES everywhere: a mailbox that is given is loaded.
class Logins {
 public:
  Logins(Turn& turn, Loads& loads, Mailboxes& mailboxes, Courier& courier, Cursors& cursors,
         Pumps& pumps, DirectRoutes& direct)
      : turn_(turn),
        loads_(loads),
        mailboxes_(mailboxes),
        courier_(courier),
        cursors_(cursors),
        pumps_(pumps),
        direct_(direct) {}

  // The account's verifier, or the stand-in of a user that does not exist. Nothing tells them
  // apart, time included: both cost one read of an account, whatever is in memory, one stand-in and
  // one frame.
  void verify(const wire::Address& from, wire::BytesView user);
  void loaded(const ForVerifier& purpose, const wire::AccountLoaded& loaded);
  void attach(Mailbox& mailbox, const wire::Address& from, const wire::Attach& attach);
  void detach(Mailbox& mailbox, const wire::Address& from, const wire::Detach& detach);
  // The account was disabled, or has a new password: every session ends (rule 10a).
  void revoke_all(Mailbox& mailbox);

 private:
  // Where the session begins to read; none: its cursor is beyond the end.
  static std::optional<wire::Mseq> position_for(Mailbox& mailbox, const wire::Attach& attach);

  Turn& turn_;
  Loads& loads_;
  Mailboxes& mailboxes_;
  Courier& courier_;
  Cursors& cursors_;
  Pumps& pumps_;
  DirectRoutes& direct_;
  std::uint32_t logins_ = 0;  // in this epoch
};

}  // namespace trunkline::routing
