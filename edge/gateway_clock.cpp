// Deadlines of sessions, and rates. A session stands in `timers` at most once, no later
// than its next deadline: it is looked at there, and placed anew. So the common events (a SEND, its
// answer) move no timer.
#include <algorithm>
#include <limits>

#include "edge/gateway_state.h"

namespace trunkline::edge {
namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
}  // namespace

void Gateway::State::schedule(Session& session, std::int64_t at_us) {
  if (session.timer_us != 0 && session.timer_us <= at_us) return;
  if (session.timer_us != 0) timers.erase({session.timer_us, session.id});
  session.timer_us = at_us;
  timers.emplace(at_us, session.id);
}

void Gateway::State::fire_timers() {
  while (!timers.empty() && timers.begin()->first <= now.mono_us) {
    Session& session = sessions.at(timers.begin()->second);
    timers.erase(timers.begin());
    session.timer_us = 0;
    if (session.is_gone()) continue;
    look_at_clock(session);
    const std::int64_t next = session.is_gone() ? kNever : deadline_us(session);
    if (next != kNever) schedule(session, std::max(next, now.mono_us + 1));
  }
}

void Gateway::State::look_at_clock(Session& session) {
  if (!is_live(session) && now.mono_us >= session.login_deadline_us) {
    return close(session, wire::Code::unavailable, "no rank answers; try again, here or elsewhere");
  }
  if (session.attach_again_us != 0 && now.mono_us >= session.attach_again_us) {
    session.attach_again_us = 0;
    attach_queue.push_back(session.id);
    pump_attaches();
  }
  const bool stuck = session.outbox_bytes() > 0;
  if (stuck && now.mono_us - session.progress_us >= wire::kSlowConsumerUs) {
    ++counters.slow_consumers;
    return close(session, wire::Code::slow_consumer, "the socket took nothing for 10 s");
  }
  give_up_unsent(session);
  if (is_lost(session)) {
    ++counters.alarms;
    break_port();
  }
  unpark(session);
  update_reading(session);
  close_if_said_bye(session);
}

void Gateway::State::give_up_unsent(Session& session) {
  const wire::Code code = wire::Code::unavailable;
  const std::int64_t before = now.mono_us - wire::kUnavailableAfterUs;
  while (!session.held.empty() && session.held.front().batch == 0 &&
         session.held.front().since_us <= before) {
    const wire::Send send = session.held.front().send();
    refuse(session, {send.message.id, send.message.to, "", code, text_of(code)});
    drop_held(session, session.held.begin());
  }
  if (session.history && !session.history->sent && session.history->since_us <= before) {
    refuse(session, {"", "", session.history->ref, code, text_of(code)});
    end_history(session);
  }
}

bool Gateway::State::is_lost(const Session& session) const {
  if (!up || session.held.empty()) return false;
  const Held& oldest = session.held.front();
  return oldest.batch != 0 && !port.confirmed(oldest.batch) &&
         now.mono_us - oldest.since_us >= wire::kHeldAlarmUs;
}

std::int64_t Gateway::State::deadline_us(Session& session) {
  std::int64_t at = kNever;
  const auto sooner = [&at](bool applies, std::int64_t when) {
    if (applies) at = std::min(at, when);
  };
  sooner(!is_live(session), session.login_deadline_us);
  sooner(session.attach_again_us != 0, session.attach_again_us);
  sooner(session.bye_deadline_us != 0, session.bye_deadline_us);
  sooner(session.outbox_bytes() > 0, session.progress_us + wire::kSlowConsumerUs);
  if (!session.held.empty()) {
    const Held& oldest = session.held.front();
    const std::int64_t alarm_us = oldest.since_us + wire::kHeldAlarmUs;
    // Confirmed and not answered: the rank has it. Those behind it may still be lost.
    const std::int64_t look_us =
        alarm_us > now.mono_us ? alarm_us : now.mono_us + wire::kBeatEveryUs;
    sooner(true, oldest.batch == 0 ? oldest.since_us + wire::kUnavailableAfterUs : look_us);
  }
  sooner(session.history && !session.history->sent,
         session.history ? session.history->since_us + wire::kUnavailableAfterUs : kNever);
  sooner(!within_rates(session), rates_deadline_us(session));
  return at;
}

// ---- rates: two buckets, of messages and of bytes. What was taken may overdraw the bytes once.

bool Gateway::State::within_rates(Session& session) {
  if (config.rates.messages_per_second <= 0 && config.rates.bytes_per_second <= 0) return true;
  const double seconds = static_cast<double>(now.mono_us - session.refilled_us) / 1e6;
  session.refilled_us = now.mono_us;
  session.message_tokens =
      std::min(config.rates.message_burst,
               session.message_tokens + seconds * config.rates.messages_per_second);
  session.byte_tokens = std::min(kByteBurstSeconds * config.rates.bytes_per_second,
                                 session.byte_tokens + seconds * config.rates.bytes_per_second);
  return (config.rates.messages_per_second <= 0 || session.message_tokens >= 1) &&
         (config.rates.bytes_per_second <= 0 || session.byte_tokens > 0);
}

// Acknowledgements follow from what others send: they cost bytes, but no message.
void Gateway::State::charge(Session& session, wire::Kind kind, std::size_t size) {
  session.byte_tokens -= static_cast<double>(size);
  if (kind != wire::Kind::client_received) session.message_tokens -= 1;
  if (!within_rates(session)) schedule(session, rates_deadline_us(session));
}

std::int64_t Gateway::State::rates_deadline_us(const Session& session) const {
  double seconds = 0;
  if (config.rates.messages_per_second > 0) {
    seconds = std::max(seconds, (1 - session.message_tokens) / config.rates.messages_per_second);
  }
  if (config.rates.bytes_per_second > 0) {
    seconds = std::max(seconds, -session.byte_tokens / config.rates.bytes_per_second);
  }
  return now.mono_us + static_cast<std::int64_t>(seconds * 1e6) + 1'000;
}

// Whom the old rates hold back is looked at now.
void Gateway::State::on(const RatesChanged& event) {
  config.rates = event.rates;
  for (const wire::SessionId id : sorted_ids()) {
    Session& session = sessions.at(id);
    if (!is_live(session)) continue;
    unpark(session);
    update_reading(session);
  }
}

}  // namespace trunkline::edge
