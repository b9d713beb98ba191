// Logins, re-attach, and the life of the port (protocol rules 3, 5 to 7, 10 to 12; section 8).
#include <algorithm>

#include "edge/gateway_state.h"

namespace trunkline::edge {

// ---- the port

void Gateway::State::on(const PortOpened& event) {
  port.open(event.incarnation, now);
  send(wire::FrameHeader{},
       wire::Hello{config.edge_name, config.thread, event.incarnation, event.url});
}

void Gateway::State::handle_hello_ok(const wire::HelloOk& hello) {
  up = true;
  epoch = hello.epoch;
  rank = hello.rank;
  port_id = hello.port;
  storage = hello.storage;
  port.set_epoch(epoch);
  for (auto& [id, frame] : std::exchange(old_frames, {})) {
    const auto slot = wire::load_le<wire::Slot>(frame.data() + 14);
    wire::readdress(frame, header(id, slot).address, slot);
    port.builder().add(frame, false);
  }
  for (const wire::SessionId id : sorted_ids()) {
    const Session& session = sessions.at(id);
    if (session.phase == Phase::verifying) {
      send(header(id, session.slot), wire::Verifier{session.user});
    } else {
      attach_queue.push_back(id);
    }
  }
  pump_attaches();
}

void Gateway::State::break_port() {
  if (!port.is_open()) return;
  ++counters.port_breaks;
  out->reopen = true;
  for (const wire::SessionId id : sorted_ids()) lose_port(sessions.at(id));
  for (const wire::SessionId id : std::exchange(admins, {})) {
    out->actions.push_back(AdminAnswered{id, false, true, "the rank went away"});
  }
  up = false;
  attaches_outstanding = 0;
  attach_queue.clear();
  port.close();
  unpark_waiters();
}

// What a session had on its way is not answered by this port any more.
void Gateway::State::lose_port(Session& session) {
  session.attached = false;
  session.attach_outstanding = false;
  if (session.is_gone()) {
    while (!session.held.empty()) drop_held(session, session.held.begin());
    if (session.history) end_history(session);
    left.push_back(session.id);
    return;
  }
  for (Held& held : session.held) {
    if (held.batch == 0) continue;
    if (config.fault == wire::Fault::old_frames && !port.confirmed(held.batch)) {
      old_frames.emplace_back(session.id, held.frame);
    }
    held.batch = 0;
    held.since_us = now.mono_us;
  }
  if (session.history && session.history->sent) {
    session.history->sent = false;
    session.history->since_us = now.mono_us;
    if (session.history->begun) {  // the half page must not be followed by a whole one
      const wire::Code code = wire::Code::unavailable;
      refuse(session, {"", "", session.history->ref, code, text_of(code)});
      end_history(session);
      unpark(session);
      update_reading(session);
    }
  }
  schedule(session, now.mono_us + wire::kUnavailableAfterUs);
}

// ---- login

void Gateway::State::on(const VerifierAsked& event) {
  Session& session = sessions[event.session];
  session.id = event.session;
  session.user = event.user;
  session.slot = wire::slot_of(session.user);
  session.login_deadline_us = now.mono_us + wire::kNoRankAtLoginUs;
  if (draining) return send_away(session);
  schedule(session, session.login_deadline_us);
  if (up) send(header(session.id, session.slot), wire::Verifier{session.user});
}

void Gateway::State::handle_verifier(Session& session, const wire::VerifierIs& verifier) {
  if (session.phase != Phase::verifying) return;
  out->actions.push_back(VerifierReady{session.id, verifier});
  session.phase = Phase::gone;  // until LoggedIn there is nothing to remember
  left.push_back(session.id);
}

void Gateway::State::on(const LoggedIn& event) {
  Session& session = sessions[event.session];
  session.id = event.session;
  session.phase = Phase::attaching;
  session.user = event.user;
  session.device = event.device;
  session.slot = wire::slot_of(session.user);
  session.cursor_asked = event.cursor;
  session.mailbox = event.mailbox;
  session.auth_version = event.auth_version;
  session.sasl_data = event.sasl_data;
  session.message_tokens = config.rates.message_burst;
  session.byte_tokens = kByteBurstSeconds * config.rates.bytes_per_second;
  session.refilled_us = now.mono_us;
  session.login_deadline_us = now.mono_us + wire::kNoRankAtLoginUs;
  ++counters.sessions;
  if (draining) return send_away(session);
  schedule(session, session.login_deadline_us);
  attach_queue.push_back(session.id);
  pump_attaches();
}

void Gateway::State::pump_attaches() {
  while (up && !attach_queue.empty() &&
         attaches_outstanding < wire::kAttachesOutstandingPerPortMax) {
    Session* session = find(attach_queue.front());
    attach_queue.pop_front();
    if (session == nullptr || session->is_gone() || session->attached) continue;
    if (!session->attach_outstanding) send_attach(*session);
  }
}

void Gateway::State::send_attach(Session& session) {
  wire::Mseq resume = is_live(session) ? session.written : session.cursor_asked;
  if (is_live(session) && config.fault == wire::Fault::cursor_only) resume = wire::kNoMseq;
  session.attach_outstanding = true;
  session.attach_again_us = 0;
  ++attaches_outstanding;
  ++counters.attaches;
  send(header(session.id, session.slot),
       wire::Attach{session.user, session.device, session.sepoch, resume, session.mailbox,
                    session.auth_version});
}

void Gateway::State::end_attach(Session& session) {
  if (!session.attach_outstanding) return;
  session.attach_outstanding = false;
  --attaches_outstanding;
  if (session.is_gone()) left.push_back(session.id);
  pump_attaches();
}

void Gateway::State::handle_attached(Session& session, const wire::Attached& attached) {
  if (!session.attach_outstanding) return;
  end_attach(session);
  session.sepoch = attached.sepoch;
  if (session.is_gone()) {  // its socket was closed meanwhile, and nobody else tells the home
    send(header(session.id, session.slot),
         wire::Detach{session.user, session.device, session.sepoch});
    return;
  }
  session.attached = true;
  if (!is_live(session)) {
    welcome(session, attached);
  } else if (attached.mailbox != session.mailbox) {
    return close(session, wire::Code::bad_cursor, "the mailbox is another one; start again from 0");
  } else if (config.fault == wire::Fault::cursor_only) {
    session.written = attached.cursor;
  }
  for (Held& held : session.held) send_held(session, held);
  if (!session.held.empty()) schedule(session, now.mono_us + wire::kHeldAlarmUs);
  if (session.history) send_history(session);
  session.received_owed = session.received > 0;
  if (session.received_owed || session.taken_owed) owe_in_turn(session);
}

void Gateway::State::welcome(Session& session, const wire::Attached& attached) {
  session.phase = Phase::live;
  session.mailbox = attached.mailbox;
  session.written = session.taken = attached.cursor;
  // A client that brings its cursor has received all up to it. The home may not know: what it was
  // told last can have died with a job, and then a full mailbox would stay full for ever.
  if (session.cursor_asked != wire::kNoMseq) session.received = attached.cursor;
  wire::Welcome welcome;
  welcome.user = session.user;
  welcome.device = session.device;
  welcome.edge = config.edge_name;
  welcome.mailbox = session.mailbox;
  welcome.data = session.sasl_data;
  welcome.rank = rank;
  welcome.cursor = attached.cursor;
  welcome.storage = attached.storage;
  tell(session, welcome);
  session.sasl_data.clear();
}

void Gateway::State::send_history(Session& session) {
  HistoryRequest& request = *session.history;
  request.sent = true;
  send(header(session.id, session.slot),
       wire::History{session.user, session.device, session.sepoch, request.with, request.before,
                     request.limit, request.ref});
}

void Gateway::State::handle_attach_refused(Session& session, wire::Code code) {
  if (!session.attach_outstanding) return;
  end_attach(session);
  if (session.is_gone()) return;
  if (code == wire::Code::bad_cursor) {
    return close(session, code, "the cursor is beyond the end; log in with cursor 0");
  }
  if (code == wire::Code::throttled) {
    return close(session, code, "this account has as many devices connected as it may");
  }
  session.attach_again_us = now.mono_us + wire::kAttachAgainUs;
  schedule(session, session.attach_again_us);
}

}  // namespace trunkline::edge
