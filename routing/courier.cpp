#include "routing/courier.h"

namespace trunkline::routing {

using wire::Address;
using wire::Kind;
using wire::RankId;

void Courier::answer(const Address& to, const wire::AdminIs& payload) {
  if (to.rank != turn_.self()) {
    links_.answer(to.rank, header_to(to), payload);
  } else if (to.port == wire::kAdminPort) {
    turn_.effects->to_admin.push_back({to.session, wire::encoded(header_to(to), payload)});
  } else if (Port* port = ports_.find(to.port)) {
    ports_.add(*port, to, payload);
  }
}

template <class Payload>
void Courier::note_frame(RankId from, const wire::FrameView& frame) {
  if (const auto payload = wire::payload_of<Payload>(frame)) {
    note(from, frame.header.address, *payload);
  } else {
    ++turn_.counters.bad_frames;
  }
}

void Courier::pass(RankId from, const wire::FrameView& frame) {
  const Address& to = frame.header.address;
  if (to.rank != turn_.self()) {
    ++turn_.counters.misdirected;
    return;
  }
  switch (frame.header.kind) {
    case Kind::stored:
      note_frame<wire::Stored>(from, frame);
      break;
    case Kind::refused:
      note_frame<wire::Refused>(from, frame);
      break;
    case Kind::fenced:
      note_frame<wire::Fenced>(from, frame);
      break;
    case Kind::attached:
      note_frame<wire::Attached>(from, frame);
      break;
    case Kind::attach_refused:
      note_frame<wire::AttachRefused>(from, frame);
      break;
    case Kind::replaced:
      note_frame<wire::Replaced>(from, frame);
      break;
    case Kind::revoked:
      note_frame<wire::Revoked>(from, frame);
      break;
    case Kind::page:
      note_frame<wire::Page>(from, frame);
      break;
    default:
      break;
  }
  if (to.port == wire::kAdminPort) {
    turn_.effects->to_admin.push_back({to.session, wire::Bytes(frame.whole)});
  } else if (Port* port = ports_.find(to.port)) {
    ports_.forward(*port, frame);
  }
}

void Courier::note(RankId from, const Address&, const wire::Stored& answer) {
  credit_.give_back(from, answer.cost);
}
void Courier::note(RankId from, const Address&, const wire::Refused& answer) {
  credit_.give_back(from, answer.cost);
}
void Courier::note(RankId from, const Address&, const wire::Fenced& answer) {
  credit_.give_back(from, answer.cost);
}

void Courier::note(RankId, const Address& to, const wire::Attached& answer) {
  Port* port = ports_.find(to.port);
  if (port == nullptr) return;
  const auto session = port->sessions.find(to.session);
  if (session == port->sessions.end()) return;
  session->second.sepoch = answer.sepoch;
  residents_.enter(session->second.user, to);
}

void Courier::note(RankId, const Address& to, const wire::AttachRefused&) {
  forget(to);
}
void Courier::note(RankId, const Address& to, const wire::Replaced&) {
  forget(to);
}
void Courier::note(RankId, const Address& to, const wire::Revoked&) {
  forget(to);
}

void Courier::note(RankId, const Address& to, const wire::Page& page) {
  Port* port = ports_.find(to.port);
  if (port != nullptr && page.last && port->histories > 0) --port->histories;
}

void Courier::forget(const Address& session) {
  if (Port* port = ports_.find(session.port)) forget(*port, session.session);
}

void Courier::forget(Port& port, wire::SessionId session) {
  const auto at = port.sessions.find(session);
  if (at == port.sessions.end()) return;
  residents_.leave(at->second.user, {turn_.self(), port.id, session});
  port.sessions.erase(at);
}

}  // namespace trunkline::routing
