// What clients say, and how it waits for room (protocol rules 1, 2; client-protocol).
#include <algorithm>

#include "edge/gateway_json_size.h"
#include "edge/gateway_state.h"
#include "wire/check.h"

namespace trunkline::edge {

std::string_view text_of(wire::Code code) {
  switch (code) {
    case wire::Code::no_such_user:
      return "there is no such user";
    case wire::Code::too_large:
      return "the message is larger than 64 KiB";
    case wire::Code::forbidden:
      return "the receiver does not take messages from you";
    case wire::Code::quota:
      return "the receiver's mailbox is full";
    case wire::Code::full:
      return "there is no room at the receiver's home; try again later";
    case wire::Code::rate:
      return "too many messages to this receiver; try again later";
    case wire::Code::busy:
      return "the receiver's home is too busy; try again";
    case wire::Code::unavailable:
      return "no rank could be reached; try again";
    default:
      return wire::to_string(code);
  }
}

wire::Send Held::send() const {
  wire::Send send;
  wire::Reader reader(wire::BytesView(frame).substr(wire::kFrameHeaderBytes));
  wire::Send::fields(reader, send);
  return send;
}

void Gateway::State::on(const FromClient& event) {
  Session* session = find(event.session);
  if (session == nullptr || session->is_gone() || session->bye_deadline_us != 0) return;
  if (!is_live(*session)) return close(*session, wire::Code::not_logged_in, "log in first");
  if (!session->parked.empty() || !can_take(*session, event.frame.header.kind)) {
    park(*session, event);
  } else {
    take(*session, event.frame, event.size);
  }
  update_reading(*session);
}

void Gateway::State::on(const Flushed& event) {
  Session* session = find(event.session);
  if (session == nullptr || session->is_gone()) return;
  session->outbox_out += std::min<std::uint64_t>(event.bytes, session->outbox_bytes());
  session->progress_us = now.mono_us;
  auto& deliveries = session->deliveries;
  std::size_t gone = 0;
  while (gone < deliveries.size() && deliveries[gone].end <= session->outbox_out) ++gone;
  if (gone > 0) {
    session->taken = deliveries[gone - 1].mseq;
    deliveries.erase(deliveries.begin(), deliveries.begin() + static_cast<std::ptrdiff_t>(gone));
    session->taken_owed = true;
    owe_in_turn(*session);
  }
  unpark(*session);
  update_reading(*session);
}

void Gateway::State::on(const SocketClosed& event) {
  Session* session = find(event.session);
  if (session != nullptr && !session->is_gone()) leave(*session);
}

// ---- room

bool Gateway::State::has_room(const Session& session) const {
  return session.held.size() < wire::kHeldPerSessionMax &&
         session.held_bytes < wire::kHeldBytesPerSessionMax;
}

bool Gateway::State::port_has_room() const {
  return counters.held < wire::kHeldPerPortMax && counters.held_bytes < wire::kHeldBytesPerPortMax;
}

bool Gateway::State::can_take(Session& session, wire::Kind kind) {
  if (session.go_deadline_us != 0 || !within_rates(session)) return false;
  if (session.outbox_bytes() >= wire::kAnswerOutboxBytesMax) return false;
  if (kind == wire::Kind::send) return has_room(session) && port_has_room();
  if (kind != wire::Kind::client_history) return true;
  return !session.history && histories < wire::kHistoryOutstandingPerPortMax;
}

void Gateway::State::park(Session& session, const FromClient& event) {
  session.parked.push_back({wire::Bytes(event.frame.whole), event.size});
  if (session.parked.size() == 1) wait_for_port(session, event.frame.header.kind);
}

// A session whose next frame needs room that all sessions share stands in line for it. What is its
// own (its window, its rate, its outbox) calls unpark() when it changes.
void Gateway::State::wait_for_port(Session& session, wire::Kind kind) {
  if (session.waits_for_port) return;
  const bool sends = kind == wire::Kind::send && !port_has_room();
  const bool reads =
      kind == wire::Kind::client_history && histories >= wire::kHistoryOutstandingPerPortMax;
  if (!sends && !reads) return;
  session.waits_for_port = true;
  (sends ? send_waiters : history_waiters).push_back(session.id);
}

void Gateway::State::unpark(Session& session) {
  const std::vector<Parked> waiting = std::exchange(session.parked, {});
  for (auto parked = waiting.begin(); parked != waiting.end(); ++parked) {
    if (session.is_gone() || session.bye_deadline_us != 0) break;
    const auto frame = wire::decode(parked->frame, kClientFrameBytesMax);
    TRUNKLINE_CHECK(frame, "a parked frame was checked before");
    if (!can_take(session, frame->header.kind)) {
      wait_for_port(session, frame->header.kind);
      session.parked.assign(parked, waiting.end());
      break;
    }
    take(session, *frame, parked->size);
  }
  close_if_said_bye(session);
}

void Gateway::State::unpark_waiters() {
  const auto serve = [this](std::deque<wire::SessionId>& line, auto has_room_for_one) {
    while (!line.empty() && has_room_for_one()) {
      Session* session = find(line.front());
      line.pop_front();
      if (session == nullptr) continue;
      session->waits_for_port = false;
      unpark(*session);
      update_reading(*session);
    }
  };
  serve(send_waiters, [this] { return port_has_room(); });
  serve(history_waiters, [this] { return histories < wire::kHistoryOutstandingPerPortMax; });
}

// ---- taking one frame

void Gateway::State::take(Session& session, const wire::FrameView& frame, std::size_t size) {
  charge(session, frame.header.kind, size);
  switch (frame.header.kind) {
    case wire::Kind::send:
      return take_send(session, frame, size);
    case wire::Kind::direct:
      return take_direct(session, frame, size);
    case wire::Kind::client_received:
      return take_received(session, frame);
    case wire::Kind::client_history:
      return take_history(session, frame);
    case wire::Kind::bye:
      return take_bye(session);
    case wire::Kind::ping: {
      const auto ping = wire::payload_of<wire::Ping>(frame);
      if (!ping || !wire::is_name(ping->id)) break;
      return tell(session, wire::Pong{ping->id});
    }
    default:
      break;
  }
  close(session, wire::Code::bad_request, "not an operation of a client");
}

bool Gateway::State::refuse_too_large(Session& session, const wire::MessageView& message,
                                      std::size_t size) {
  if (size <= wire::kFrameBytesMax && !is_json_larger_than(message, wire::kFrameBytesMax)) {
    return false;
  }
  const wire::Code code = wire::Code::too_large;
  refuse(session, {message.id, message.to, "", code, text_of(code)});
  return true;
}

namespace {

bool is_named(const wire::MessageView& message, wire::MessageClass message_class) {
  return message.message_class == message_class && wire::is_name(message.id) &&
         wire::is_name(message.to);
}

// From and device are the session's, whatever the client wrote.
wire::MessageView of_session(const Session& session, const wire::MessageView& message) {
  return {message.message_class,
          session.user,
          session.device,
          message.to,
          message.id,
          message.body,
          {}};
}

}  // namespace

void Gateway::State::take_send(Session& session, const wire::FrameView& frame, std::size_t size) {
  const auto send = wire::payload_of<wire::Send>(frame);
  if (!send || !is_named(send->message, wire::MessageClass::stored)) {
    return close(session, wire::Code::bad_request, "send: a member is missing or out of range");
  }
  if (refuse_too_large(session, send->message, size)) return;
  Held held;
  held.tag = ++session.last_tag;
  held.slot = wire::slot_of(send->message.to);
  held.since_us = now.mono_us;
  held.frame = wire::encoded(
      header(session.id, held.slot),
      wire::Send{held.tag, session.sepoch, of_session(session, send->message)}, frame.stamps);
  ++counters.sends;
  ++counters.held;
  counters.held_bytes += held.frame.size();
  session.held_bytes += held.frame.size();
  session.held.push_back(std::move(held));
  if (session.attached) send_held(session, session.held.back());
  schedule(session,
           now.mono_us + (session.attached ? wire::kHeldAlarmUs : wire::kUnavailableAfterUs));
}

void Gateway::State::send_held(const Session& session, Held& held) {
  held.batch = port.number();
  held.since_us = now.mono_us;
  const wire::FrameHeader to = header(session.id, held.slot);
  wire::readdress(held.frame, to.address, to.slot);
  const auto flags = wire::load_le<std::uint16_t>(held.frame.data() + 10);
  port.builder().add(held.frame, (flags & wire::kTraced) != 0);
  port.added();
}

void Gateway::State::take_direct(Session& session, const wire::FrameView& frame, std::size_t size) {
  ++counters.direct_in;
  const auto direct = wire::payload_of<wire::Direct>(frame);
  if (!direct || !is_named(direct->message, wire::MessageClass::direct)) {
    return close(session, wire::Code::bad_request, "direct: a member is missing or out of range");
  }
  if (refuse_too_large(session, direct->message, size)) return;
  if (!session.attached || port.unconfirmed_bytes() >= wire::kPortDirectUnconfirmedBytesMax) {
    ++counters.direct_dropped;
    return;
  }
  send(header(session.id, wire::slot_of(direct->message.to)),
       wire::Direct{now.wall_ms, of_session(session, direct->message)}, frame.stamps);
}

void Gateway::State::take_received(Session& session, const wire::FrameView& frame) {
  const auto received = wire::payload_of<wire::ClientReceived>(frame);
  if (!received) return close(session, wire::Code::bad_request, "received: a number is missing");
  if (received->mseq > session.written || received->mseq <= session.received) return;
  session.received = received->mseq;
  session.received_owed = true;
  owe_in_turn(session);
}

void Gateway::State::take_history(Session& session, const wire::FrameView& frame) {
  const auto asked = wire::payload_of<wire::ClientHistory>(frame);
  const auto is_absent_or_name = [](wire::BytesView name) {
    return name.empty() || wire::is_name(name);
  };
  if (!asked || !is_absent_or_name(asked->with) || !is_absent_or_name(asked->ref)) {
    return close(session, wire::Code::bad_request, "history: a member is out of range");
  }
  const auto limit = static_cast<std::uint32_t>(asked->limit == 0 ? wire::kHistoryLimitDefault
                                                                  : wire::kHistoryLimitMax);
  HistoryRequest request;
  request.with = asked->with;
  request.ref = asked->ref;
  request.before = asked->before;
  request.limit = asked->limit == 0 ? limit : std::min(asked->limit, limit);
  request.since_us = now.mono_us;
  session.history = std::move(request);
  ++histories;
  if (session.attached) send_history(session);
  schedule(session, now.mono_us + wire::kUnavailableAfterUs);
}

void Gateway::State::take_bye(Session& session) {
  session.bye_deadline_us = now.mono_us + wire::kByeUs;
  schedule(session, session.bye_deadline_us);
  close_if_said_bye(session);
}

}  // namespace trunkline::edge
