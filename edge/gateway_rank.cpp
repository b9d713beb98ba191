// What the rank says (protocol rules 4, 5, 23), and what is owed to it at the end of a turn.
#include <algorithm>

#include "edge/gateway_state.h"

namespace trunkline::edge {
namespace {

// A rank that does not know this incarnation says so in a batch that has no place in our numbers.
bool is_reset(const wire::BatchView& batch, wire::Incarnation incarnation) {
  if (batch.frames.empty()) return false;
  wire::BytesView frames = batch.frames;
  const auto frame = wire::next_frame(frames);
  if (!frame || frame->header.kind != wire::Kind::reset) return false;
  const auto reset = wire::payload_of<wire::Reset>(*frame);
  return reset && reset->incarnation == incarnation;
}

bool has_whole_entries(const wire::Page& page) {
  for (wire::BytesView left = page.entries; !left.empty();) {
    if (!wire::next_entry(left)) return false;
  }
  return true;
}

}  // namespace

void Gateway::State::on(const FromRank& event) {
  if (!port.is_open()) return;
  const auto batch = wire::decode_batch(event.batch, wire::Way::port);
  if (!batch || is_reset(*batch, port.incarnation())) return break_port();
  switch (port.accept(*batch, event.batch.size(), now)) {
    case Port::Verdict::ignore:
      return;
    case Port::Verdict::broken:
      return break_port();
    case Port::Verdict::take:
      break;
  }
  wire::BytesView frames = batch->frames;
  while (!frames.empty()) {
    const auto frame = wire::next_frame(frames);
    if (!frame) return break_port();
    handle(*frame);
    if (!port.is_open()) return;
  }
  unpark_waiters();
}

void Gateway::State::handle(const wire::FrameView& frame) {
  switch (frame.header.kind) {
    case wire::Kind::beat:
      return;
    case wire::Kind::hello_ok: {
      const auto hello = wire::payload_of<wire::HelloOk>(frame);
      if (!hello || up || hello->incarnation != port.incarnation()) return break_port();
      return handle_hello_ok(*hello);
    }
    case wire::Kind::admin:
      return handle_order(frame);
    case wire::Kind::admin_is:
      return handle_admin(frame);
    default:
      break;
  }
  if (!up || frame.header.address.port != port_id) return;
  Session* session = find(frame.header.address.session);
  if (session != nullptr) return handle_session(*session, frame);
  if (frame.header.kind == wire::Kind::direct) ++counters.direct_dropped;
}

// A frame that does not read is a broken rank: as with a lost batch, the port is begun again.
void Gateway::State::handle_session(Session& session, const wire::FrameView& frame) {
  const auto with = [&]<class Payload>(std::type_identity<Payload>, auto act) {
    const auto payload = wire::payload_of<Payload>(frame);
    if (!payload) return break_port();
    act(*payload);
  };
  switch (frame.header.kind) {
    case wire::Kind::verifier_is:
      return with(std::type_identity<wire::VerifierIs>{},
                  [&](const auto& verifier) { handle_verifier(session, verifier); });
    case wire::Kind::attached:
      return with(std::type_identity<wire::Attached>{},
                  [&](const auto& attached) { handle_attached(session, attached); });
    case wire::Kind::attach_refused:
      return with(std::type_identity<wire::AttachRefused>{},
                  [&](const auto& refused) { handle_attach_refused(session, refused.code); });
    case wire::Kind::replaced:
      return with(std::type_identity<wire::Replaced>{}, [&](const auto& replaced) {
        if (replaced.sepoch <= session.sepoch || session.sepoch == 0) return;  // meant an older one
        end_attach(session);
        close(session, wire::Code::replaced, "this device has logged in elsewhere");
      });
    case wire::Kind::revoked:
      end_attach(session);
      return close(session, wire::Code::revoked, "the account is disabled or has a new password");
    case wire::Kind::stored:
      return with(std::type_identity<wire::Stored>{},
                  [&](const auto& stored) { handle_answer(session, stored.tag, wire::Code::ok); });
    case wire::Kind::refused:
      return with(std::type_identity<wire::Refused>{},
                  [&](const auto& refused) { handle_answer(session, refused.tag, refused.code); });
    case wire::Kind::fenced:
      return with(std::type_identity<wire::Fenced>{}, [&](const auto& fenced) {
        handle_answer(session, fenced.tag, wire::Code::replaced);
      });
    case wire::Kind::deliver:
      return handle_deliver(session, frame);
    case wire::Kind::trimmed:
      return with(std::type_identity<wire::Trimmed>{}, [&](const auto& trimmed) {
        if (!session.attached || trimmed.from <= session.written + 1) return;
        session.written = trimmed.from - 1;
        pass(session, frame.whole);
      });
    case wire::Kind::direct:
      return handle_direct(session, frame);
    case wire::Kind::direct_refused:
      return with(std::type_identity<wire::DirectRefused>{}, [&](const auto& refused) {
        refuse(session, {refused.id, refused.to, "", refused.code, text_of(refused.code)});
      });
    case wire::Kind::page:
      return handle_page(session, frame);
    default:
      return;
  }
}

// `code`: ok for STORED, replaced for FENCED.
void Gateway::State::handle_answer(Session& session, wire::Tag tag, wire::Code code) {
  const auto held = std::find_if(session.held.begin(), session.held.end(),
                                 [tag](const Held& one) { return one.tag == tag; });
  if (held == session.held.end()) return;
  if (code == wire::Code::replaced) {
    drop_held(session, held);
    return close(session, code, "this device has logged in elsewhere");
  }
  const wire::Send send = held->send();
  if (!session.is_gone()) {
    if (code == wire::Code::ok) {
      ++counters.stored;
      tell(session, wire::ClientStored{send.message.id, send.message.to});
    } else {
      refuse(session, {send.message.id, send.message.to, "", code, text_of(code)});
    }
  }
  drop_held(session, held);
  unpark(session);
  update_reading(session);
}

void Gateway::State::handle_deliver(Session& session, const wire::FrameView& frame) {
  const auto deliver = wire::payload_of<wire::Deliver>(frame);
  if (!deliver) return break_port();
  if (!session.attached || deliver->mseq <= session.written) return;
  session.written = deliver->mseq;
  ++counters.delivered;
  pass(session, frame.whole);
  session.deliveries.push_back({deliver->mseq, session.outbox_in});
  update_reading(session);
}

void Gateway::State::handle_direct(Session& session, const wire::FrameView& frame) {
  if (!wire::payload_of<wire::Direct>(frame)) return break_port();
  if (!session.attached || session.outbox_bytes() >= wire::kDirectOutboxBytesMax) {
    ++counters.direct_dropped;
    return;
  }
  ++counters.direct_out;
  pass(session, frame.whole);
}

void Gateway::State::handle_page(Session& session, const wire::FrameView& frame) {
  const auto page = wire::payload_of<wire::Page>(frame);
  if (!page || !has_whole_entries(*page)) return break_port();
  if (!session.history || !session.history->sent) return;
  session.history->begun = true;
  pass(session, frame.whole);
  if (page->last) {
    end_history(session);
    unpark(session);
  }
  update_reading(session);
}

void Gateway::State::handle_order(const wire::FrameView& frame) {
  const auto order = wire::payload_of<wire::Admin>(frame);
  if (!order) return break_port();
  out->orders.push_back({frame.header.address, order->verb, order->argument});
}

void Gateway::State::handle_admin(const wire::FrameView& frame) {
  const auto found = std::find(admins.begin(), admins.end(), frame.header.address.session);
  const auto answer = wire::payload_of<wire::AdminIs>(frame);
  if (found == admins.end() || !answer) return;
  if (answer->last) admins.erase(found);
  out->actions.push_back(
      AdminAnswered{frame.header.address.session, answer->done, answer->last, answer->text});
}

// ---- what is owed

void Gateway::State::owe_in_turn(Session& session) {
  if (session.in_turn) return;
  session.in_turn = true;
  in_turn.push_back(session.id);
}

void Gateway::State::send_owed() {
  for (const wire::SessionId id : in_turn) {
    Session* session = find(id);
    if (session == nullptr) continue;
    session->in_turn = false;
    send_owed(*session);
  }
  in_turn.clear();
}

// One TAKEN and one RECEIVED, cumulative. What cannot be sent now is owed again after ATTACHED.
void Gateway::State::send_owed(Session& session) {
  if (!session.attached) return;
  const wire::FrameHeader to = header(session.id, session.slot);
  if (std::exchange(session.taken_owed, false)) {
    send(to, wire::Taken{session.user, session.device, session.sepoch, session.taken});
  }
  if (std::exchange(session.received_owed, false)) {
    send(to, wire::Received{session.user, session.device, session.sepoch, session.received});
  }
}

}  // namespace trunkline::edge
