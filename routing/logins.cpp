#include "routing/logins.h"

#include "routing/stand_in.h"

namespace trunkline::routing {

using wire::Address;
using wire::Mseq;

void Logins::verify(const Address& from, wire::BytesView user) {
  loads_.ask(wire::LoadAccount{wire::Bytes(user)}, ForVerifier{from, wire::Bytes(user)});
}

void Logins::loaded(const ForVerifier& purpose, const wire::AccountLoaded& loaded) {
  const StandIn stand_in(turn_.opened.pepper, purpose.user, turn_.config.iterations);
  wire::VerifierIs verifier = stand_in.verifier(purpose.user);
  if (const auto account = wire::decode_account(loaded.account)) {
    verifier.salt = account->salt;
    verifier.stored_key = account->stored_key;
    verifier.server_key = account->server_key;
    verifier.iterations = account->iterations;
    verifier.auth_version = account->auth_version;
  }
  courier_.answer(purpose.session, verifier);
}

std::optional<Mseq> Logins::position_for(Mailbox& mailbox, const wire::Attach& attach) {
  // A cursor that counts in a mailbox that is no more says nothing about this one.
  if (!attach.mailbox.empty() && attach.mailbox != mailbox.creation) return 0;
  if (attach.resume == wire::kNoMseq) {
    const Device* device = mailbox.device(attach.device);
    return device == nullptr ? 0 : device->cursor;
  }
  if (attach.resume > mailbox.head.mseq) return std::nullopt;
  return attach.resume;
}

void Logins::attach(Mailbox& mailbox, const Address& from, const wire::Attach& attach) {
  ++turn_.counters.attaches;
  if (!mailbox.exists || !mailbox.enabled || attach.auth_version != mailbox.auth_version) {
    ++turn_.counters.revoked;
    return courier_.answer(from, wire::Revoked{});
  }
  const Device* known = mailbox.device(attach.device);
  const bool has_newer = known != nullptr && known->session &&
                         known->session->sepoch > attach.sepoch && attach.sepoch != 0;
  if (has_newer && !turn_.planted(wire::Fault::last_wins)) {
    ++turn_.counters.replaced;
    return courier_.answer(from, wire::Replaced{known->session->sepoch});
  }
  if (!wire::is_name(attach.device)) {
    return courier_.answer(from, wire::AttachRefused{wire::Code::bad_request});
  }
  const std::optional<Mseq> position = position_for(mailbox, attach);
  if (!position) return courier_.answer(from, wire::AttachRefused{wire::Code::bad_cursor});
  Device* device = cursors_.know(mailbox, attach.device);
  if (device == nullptr) {  // as many as may be are connected
    const wire::Code code = wire::Code::throttled;
    ++turn_.counters.refused[static_cast<std::uint8_t>(code)];
    return courier_.answer(from, wire::AttachRefused{code});
  }

  const wire::Sepoch sepoch =
      attach.sepoch != 0 ? attach.sepoch : wire::make_sepoch(turn_.config.epoch, ++logins_);
  if (device->session && device->session->sepoch != sepoch) {
    ++turn_.counters.replaced;
    courier_.answer(device->session->address, wire::Replaced{sepoch});
  } else if (!device->session) {
    ++turn_.counters.sessions;
  }
  device->session = Registered{from, sepoch, Pump{*position, false, {}, 0}};
  direct_.sessions_changed(mailbox);
  courier_.answer(from, wire::Attached{sepoch, *position, mailbox.head.mseq, mailbox.creation,
                                       turn_.opened.storage});
  pumps_.run(mailbox);
}

void Logins::detach(Mailbox& mailbox, const Address& from, const wire::Detach& detach) {
  Device* device = mailbox.device(detach.device);
  if (device == nullptr || !device->session) return;
  // A port that died before it saw the answer to its ATTACH knows the session by its address only.
  const bool is_it = detach.sepoch != 0 ? device->session->sepoch == detach.sepoch
                                        : device->session->address == from;
  if (!is_it) return;
  ++turn_.counters.detaches;
  --turn_.counters.sessions;
  device->session.reset();
  direct_.sessions_changed(mailbox);
  mailboxes_.released(mailbox);
}

void Logins::revoke_all(Mailbox& mailbox) {
  for (Device& device : mailbox.devices) {
    if (!device.session) continue;
    ++turn_.counters.revoked;
    --turn_.counters.sessions;
    courier_.answer(device.session->address, wire::Revoked{});
    device.session.reset();
  }
  direct_.sessions_changed(mailbox);
  mailboxes_.released(mailbox);
}

}  // namespace trunkline::routing
