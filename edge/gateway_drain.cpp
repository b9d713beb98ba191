// The drain: at a rate, so that the clients do not all knock at the next door at once.
#include "edge/gateway_state.h"

namespace trunkline::edge {
namespace {

constexpr std::int64_t kStepUs = 50'000;
constexpr double kStepsPerSecond = 20, kStepsOfAStop = 40;

}  // namespace

void Gateway::State::on(const DrainAsked& event) {
  draining = true;
  drain_code = event.code;
  drain_urls = event.urls;
  drain_next_us = now.mono_us;
  drain_due = 0;
  if (event.sessions_per_second > 0) {
    drain_share = event.sessions_per_second / kStepsPerSecond;
    drain_deadline_us = 0;
  } else {
    drain_share = static_cast<double>(counters.sessions) / kStepsOfAStop + 16;
    drain_deadline_us = now.mono_us + wire::kDrainUs;
  }
  for (const wire::SessionId id : sorted_ids()) {
    Session& session = sessions.at(id);
    if (!session.is_gone() && !is_live(session)) send_away(session);
  }
}

void Gateway::State::on(const DrainCancelled&) {
  draining = false;
  for (const wire::SessionId id : sorted_ids()) {
    Session& session = sessions.at(id);
    session.go_deadline_us = 0;
    if (is_live(session)) unpark(session);
    update_reading(session);
  }
}

void Gateway::State::send_away(Session& session) {
  if (!drain_urls.empty()) tell(session, wire::Move{drain_urls});
  close(session, drain_code, "this edge is closing");
}

void Gateway::State::drain_turn() {
  if (!draining) return;
  out->drained = counters.sessions == 0;
  if (out->drained || now.mono_us < drain_next_us) return;
  drain_next_us = now.mono_us + kStepUs;
  drain_due += drain_share;
  const bool by_force = drain_deadline_us != 0 && now.mono_us >= drain_deadline_us;
  for (const wire::SessionId id : sorted_ids()) {
    Session& session = sessions.at(id);
    if (session.is_gone()) continue;
    if (session.go_deadline_us == 0 && drain_due >= 1) {
      drain_due -= 1;
      session.go_deadline_us = now.mono_us + wire::kDrainHeldUs;
      update_reading(session);
    }
    const bool is_answered = session.held.empty() && !session.history;  // parked: not taken
    const bool may_go =
        session.go_deadline_us != 0 && (is_answered || now.mono_us >= session.go_deadline_us);
    if (!may_go && !by_force) continue;
    send_away(session);
  }
  out->drained = counters.sessions == 0;
}

}  // namespace trunkline::edge
