#include "edge/gateway.h"

#include <algorithm>

#include "edge/gateway_state.h"

namespace trunkline::edge {

void GatewayEffects::clear() {
  actions.clear();
  orders.clear();
  to_rank.clear();
  reopen = false;
  wake_at_us = 0;
  drained = false;
  made.clear();
}

Gateway::Gateway(GatewayConfig config) : state_(std::make_unique<State>(std::move(config))) {}
Gateway::~Gateway() = default;
Gateway::Gateway(Gateway&&) noexcept = default;

void Gateway::step(const GatewayEvent& event, GatewayEffects& effects) {
  state_->now = event.now;
  state_->out = &effects;
  std::visit([this](const auto& what) { state_->on(what); }, event.what);
  state_->forget_left();
  state_->out = nullptr;
}

const GatewayCounters& Gateway::counters() const {
  return state_->counters;
}
bool Gateway::port_up() const {
  return state_->up;
}
wire::Epoch Gateway::epoch() const {
  return state_->epoch;
}
wire::RankId Gateway::rank() const {
  return state_->rank;
}
wire::Storage Gateway::storage() const {
  return state_->storage;
}

std::vector<Gateway::SessionState> Gateway::sessions() const {
  std::vector<SessionState> states;
  for (const wire::SessionId id : state_->sorted_ids()) {
    const Session& session = state_->sessions.at(id);
    states.push_back({id, session.user, session.device, session.sepoch, session.attached,
                      session.held.size(), session.held_bytes, session.written,
                      session.outbox_bytes()});
  }
  return states;
}

Gateway::State::State(GatewayConfig given)
    : config(std::move(given)), port(config.fault != wire::Fault::no_link_sequence) {}

void Gateway::State::on(const TurnEnd&) {
  fire_timers();
  if (port.is_broken(now)) break_port();
  drain_turn();
  send_owed();
  port.end_turn(now, up, out->to_rank);

  out->wake_at_us = now.mono_us + wire::kPortSilenceUs;
  if (port.is_open()) out->wake_at_us = std::min(out->wake_at_us, port.deadline_us(up));
  if (!timers.empty()) out->wake_at_us = std::min(out->wake_at_us, timers.begin()->first);
  if (draining && counters.sessions > 0) {
    out->wake_at_us = std::min(out->wake_at_us, drain_next_us);
  }
}

void Gateway::State::on(const AdminAsked& event) {
  if (!up) {
    out->actions.push_back(AdminAnswered{event.session, false, true, "no rank is attached"});
    return;
  }
  admins.push_back(event.session);
  wire::Admin admin;
  admin.verb = event.verb;
  admin.target = event.target == wire::kNoRank ? rank : event.target;
  admin.argument = event.argument;
  send(header(event.session, 0), admin);
}

void Gateway::State::on(const OrderDone& event) {
  wire::FrameHeader header;
  header.address = event.to;
  send(header, wire::AdminIs{event.done, true, event.text});
}

Session* Gateway::State::find(wire::SessionId id) {
  const auto found = sessions.find(id);
  return found == sessions.end() ? nullptr : &found->second;
}

std::vector<wire::SessionId> Gateway::State::sorted_ids() const {
  std::vector<wire::SessionId> ids;
  ids.reserve(sessions.size());
  for (const auto& [id, session] : sessions) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  return ids;
}

void Gateway::State::close(Session& session, wire::Code code, std::string_view text) {
  if (session.is_gone()) return;
  out->actions.push_back(Close{session.id, code, text});
  leave(session);
}

// What was sent stays in `held` until it is answered: the rank has room for those answers, and the
// port's limit must know.
void Gateway::State::leave(Session& session) {
  if (session.phase != Phase::verifying) --counters.sessions;
  if (session.attached && up) {
    send_owed(session);  // an acknowledgement must not be lost to the good-bye behind it
    send(header(session.id, session.slot),
         wire::Detach{session.user, session.device, session.sepoch});
  }
  session.phase = Phase::gone;
  session.attached = false;
  session.parked.clear();
  if (session.history && !session.history->sent) end_history(session);
  for (auto held = session.held.begin(); held != session.held.end();) {
    const auto next = std::next(held);
    if (held->batch == 0) drop_held(session, held);
    held = next;
  }
  left.push_back(session.id);
}

void Gateway::State::forget_left() {
  for (const wire::SessionId id : left) {
    Session* session = find(id);
    if (session == nullptr || !session->is_gone() || !session->is_settled()) continue;
    if (session->timer_us != 0) timers.erase({session->timer_us, id});
    sessions.erase(id);
  }
  left.clear();
}

void Gateway::State::drop_held(Session& session, std::list<Held>::iterator held) {
  --counters.held;
  counters.held_bytes -= held->frame.size();
  session.held_bytes -= held->frame.size();
  session.held.erase(held);
  if (session.is_gone()) left.push_back(session.id);
}

void Gateway::State::end_history(Session& session) {
  session.history.reset();
  --histories;
  if (session.is_gone()) left.push_back(session.id);
}

void Gateway::State::close_if_said_bye(Session& session) {
  if (session.bye_deadline_us == 0 || session.is_gone()) return;
  if (session.owes_client() && now.mono_us < session.bye_deadline_us) return;
  close(session, wire::Code::ok, "");
}

void Gateway::State::pass(Session& session, wire::BytesView frame) {
  if (session.is_gone()) return;
  if (session.outbox_bytes() == 0) session.progress_us = now.mono_us;
  session.outbox_in += frame.size();
  out->actions.push_back(ToClient{session.id, frame});
  schedule(session, session.progress_us + wire::kSlowConsumerUs);
}

void Gateway::State::refuse(Session& session, const wire::ClientRefused& refused) {
  if (session.is_gone()) return;
  ++counters.refused[static_cast<std::uint8_t>(refused.code)];
  tell(session, refused);
}

void Gateway::State::update_reading(Session& session) {
  if (session.is_gone() || session.phase == Phase::verifying) return;
  const bool wanted = session.go_deadline_us == 0 && session.bye_deadline_us == 0 &&
                      session.parked.empty() && has_room(session) && within_rates(session) &&
                      session.outbox_bytes() < wire::kAnswerOutboxBytesMax;
  if (wanted == session.reading) return;
  session.reading = wanted;
  if (!wanted) ++counters.paused;
  out->actions.push_back(Reading{session.id, wanted});
}

wire::FrameHeader Gateway::State::header(wire::SessionId session, wire::Slot slot) const {
  wire::FrameHeader header;
  header.address = {rank, port_id, session};
  header.slot = slot;
  return header;
}

}  // namespace trunkline::edge
