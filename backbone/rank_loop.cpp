#include "backbone/rank_loop.h"

#include <sched.h>

#include <algorithm>
#include <utility>

#include "backbone/clocks.h"
#include "backbone/live.h"
#include "backbone/log.h"
#include "wire/codec.h"
#include "wire/live.h"
#include "wire/stamp_clock.h"

namespace trunkline::backbone {
namespace {

// Exit statuses beside 0 and 1, for the supervisor's log.
constexpr int kExitSilentNeighbour = 3;
constexpr int kExitOverdue = 4;

// How long leaving may take. With SIGTERM from mpirun, its SIGKILL is about a second away.
constexpr std::int64_t kDrainUs = 5'000'000, kLeaveUs = 9'000'000;
constexpr std::int64_t kHurriedDrainUs = 200'000, kHurriedLeaveUs = 700'000;
// Barriers and sends under way need MPI calls to make progress: no longer sleep than these.
constexpr std::int64_t kLeavingNapUs = 1'000;
// With work in every turn, descriptors are still looked at after so many.
constexpr int kTurnsUnpolledMax = 8;
constexpr int kSendYields = 64;
constexpr std::int64_t kSendNapUs = 100;

}  // namespace

RankLoop::RankLoop(Parts parts, RankLoopConfig config)
    : parts_(parts), config_(std::move(config)), now_(read_clocks()), traced_(parts.trace.ring()) {
  started_us_ = last_work_us_ = now_.mono_us;
  Sleeper& sleeper = parts_.sleeper;
  const auto look_again = [this] { parts_.port.look_again(); };
  sleeper.watch(parts_.port.descriptor(), Wake::port, look_again);
  if (const int tcp = parts_.port.tcp_descriptor(); tcp >= 0) {
    sleeper.watch(tcp, Wake::port, look_again);
    sleeper.watch(parts_.port.admission_descriptor(), Wake::port, [this] { parts_.port.admit(); });
  }
  // Silenced first, then MPI is tested: a ring that comes in between is heard by the next sleep.
  sleeper.watch(parts_.doorbell.unix_descriptor(), Wake::doorbell,
                [this] { parts_.doorbell.drain(); });
  if (const int udp = parts_.doorbell.udp_descriptor(); udp >= 0) {
    sleeper.watch(udp, Wake::doorbell, [this] { parts_.doorbell.drain(); });
  }
  if (const int store = parts_.store.event_fd(); store >= 0) sleeper.watch(store, Wake::store);
}

int RankLoop::run() {
  while (leaving_.state() != LeavingState::gone) {
    const bool worked = turn();
    worked_ = worked;
    slept_ = false;
    if (effects_.silent_neighbour) {
      log_error("neighbour_silent: nothing heard from rank " +
                std::to_string(*effects_.silent_neighbour) + " for 5 s; this job ends");
      return kExitSilentNeighbour;
    }
    if (leaving_.overdue(now_.mono_us)) {
      log_error("leave_overdue: gave up in state " + std::string(to_string(leaving_.state())));
      return kExitOverdue;
    }
    if (worked) last_work_us_ = now_.mono_us;
    const bool spinning = now_.mono_us - last_work_us_ < config_.idle.spin_us;
    // After work, too: may_sleep() looks at everything that may have come meanwhile, and a second
    // turn for nothing would cost more than it.
    if (!spinning && may_sleep()) {
      sleep();
    } else if (++turns_unpolled_ >= (worked ? kTurnsUnpolledMax : 1)) {
      poll();
    }
  }
  return 0;
}

bool RankLoop::turn() {
  now_ = read_clocks();
  ++turns_;
  begin_trace();
  effects_.clear();
  bool worked = take_ports();
  worked = take_links() || worked;
  worked = take_store() || worked;
  worked = take_asked() || worked;
  worked = step_leaving() || worked;
  if (!silent_) {
    // What a load answers at once may let a pump go on, which closes more batches.
    do {
      answer_loads();
      step(routing::TurnEnd{});
    } while (!effects_.loads.empty());
    quiet_ = effects_.quiet;
    act();
  }
  if (edge_.turn && edge_.turn(parts_.port.sent_to_fused())) worked = true;
  return worked;
}

template <class What>
void RankLoop::step(What&& what) {
  parts_.router.step({now_, std::forward<What>(what)}, effects_);
}

// ---- in

bool RankLoop::take_ports() {
  bool worked = false;
  for (const wire::Bytes& peer : std::exchange(unreachable_, {})) {
    step(routing::PortUnreachable{peer});
    worked = true;
  }
  if (edge_.sent) parts_.port.expect(edge_.sent());
  EdgePort::Received batch;
  for (std::size_t n = 0; n < config_.batches_per_turn && parts_.port.receive(batch); ++n) {
    worked = true;
    if (silent_) continue;
    wire::mark_batch(batch.data, batch.size, wire::Stamp::rank_in, traced_, port_turn_);
    step(routing::PortBatch{batch.peer, {batch.data, batch.size}});
    wire::card_batch({batch.data, batch.size}, wire::Stage::rank_routed, traced_);
  }
  return worked;
}

bool RankLoop::take_links() {
  RankLink::Received batch;
  std::size_t taken = 0;
  while (taken < config_.batches_per_turn && parts_.link.receive(batch)) {
    ++taken;
    if (silent_) continue;
    wire::mark_batch(batch.data, batch.size, wire::Stamp::rank_matched, traced_, link_turn_);
    step(routing::LinkBatch{batch.peer, {batch.data, batch.size}});
    wire::card_batch({batch.data, batch.size}, wire::Stage::rank_routed, traced_);
  }
  return taken > 0;
}

bool RankLoop::take_store() {
  store_events_.clear();
  parts_.store.poll(store_events_);
  for (wire::StoreEvent& event : store_events_) {
    if (const auto* durable = std::get_if<wire::Durable>(&event)) trace_durable(durable->op);
    if (!silent_) step(std::move(event));
  }
  return !store_events_.empty();
}

bool RankLoop::take_asked() {
  const bool worked = !asked_.empty() || !reports_.empty();
  for (const Asked& asked : std::exchange(asked_, {})) {
    if (!silent_) step(routing::AdminFrame{asked.connection, asked.frame});
  }
  for (const Report& report : std::exchange(reports_, {})) {
    if (!silent_) step(routing::ReportReady{report.to, report.done, report.text});
  }
  return worked;
}

void RankLoop::answer_loads() {
  while (!effects_.loads.empty()) {
    loads_.clear();
    loads_.swap(effects_.loads);
    for (const wire::Load& load : loads_) {
      wire::Loaded loaded;
      if (parts_.store.load(load, loaded)) step(wire::StoreEvent{std::move(loaded)});
    }
  }
}

// ---- out

void RankLoop::act() {
  for (routing::ToPort& out : effects_.to_ports) {
    wire::mark_batch(out.batch.data(), out.batch.size(), wire::Stamp::rank_out, traced_);
    if (!parts_.port.send(out.peer, out.batch)) unreachable_.push_back(std::move(out.peer));
  }
  for (routing::ToLink& out : effects_.to_links) {
    wire::mark_batch(out.batch.data(), out.batch.size(), wire::Stamp::rank_link, traced_);
    parts_.link.send(out.peer, std::move(out.batch));
  }
  for (const wire::RankId rank : effects_.rings) parts_.doorbell.ring(rank);
  if (traced_.on()) trace_stores();
  if (!effects_.stores.empty()) parts_.store.submit(std::move(effects_.stores));
  for (const routing::ToAdmin& out : effects_.to_admin) {
    if (admin_ != nullptr) admin_->answer(out.connection, out.frame);
  }
  for (const routing::ReportAsked& asked : effects_.reports) report(asked);
}

// ---- tracing

// Nothing here changes when the loop sleeps or what it does next: it only looks.
void RankLoop::begin_trace() {
  using wire::Idle;
  const auto asleep_for = [this](Wake expected, Idle idle) {
    const Sleeper& sleeper = parts_.sleeper;
    if (sleeper.woken_by(expected)) return idle;
    if (sleeper.woken_by(Wake::doorbell)) return Idle::doorbell;
    for (const Wake wake : {Wake::port, Wake::store, Wake::admin, Wake::edge, Wake::signal}) {
      if (sleeper.woken_by(wake)) return Idle::descriptor;
    }
    return Idle::backstop;
  };
  const Idle awake = worked_ ? Idle::busy : Idle::spinning;
  const std::uint64_t began_ns = traced_.on() ? wire::stamp_clock_ns() : 0;
  port_turn_ = {slept_ ? asleep_for(Wake::port, Idle::descriptor) : awake, began_ns};
  link_turn_ = {slept_ ? asleep_for(Wake::doorbell, Idle::doorbell) : awake, began_ns};
  if (!traced_.on()) storing_.clear();
}

void RankLoop::trace_stores() {
  for (const wire::StoreOp& op : effects_.stores) {
    const auto* append = std::get_if<wire::AppendRecord>(&op.what);
    const std::uint64_t id = append != nullptr ? wire::trace_id_of_record(append->record) : 0;
    if (id == 0) continue;
    traced_.add(id, wire::Stage::store_asked);
    storing_.push_back({op.op, id});
  }
}

void RankLoop::trace_durable(wire::Op op) {
  if (storing_.empty()) return;
  const auto waits = std::ranges::find_if(storing_, [op](const Storing& s) { return s.op > op; });
  for (auto it = storing_.begin(); it != waits; ++it) {
    traced_.add(it->id, wire::Stage::rank_durable);
  }
  storing_.erase(storing_.begin(), waits);
}

// ---- what only the process can answer

void RankLoop::admin_asked(wire::SessionId connection, wire::BytesView frame) {
  parts_.sleeper.note(Wake::admin);
  asked_.push_back({connection, wire::Bytes(frame)});
}

void RankLoop::report(const routing::ReportAsked& asked) {
  Report report{asked.to, true, {}};
  switch (asked.verb) {
    case wire::AdminVerb::metrics:
      report.text = asked.argument == wire::kAskLive ? live_json(facts(), parts_.router.live())
                                                     : metrics_text(facts());
      break;
    case wire::AdminVerb::status:
      report.text = status_json(facts());
      break;
    case wire::AdminVerb::edge_allow:
      report.done = parts_.port.allow(asked.argument);
      report.text = report.done ? "{}" : "not a public key in Z85 (40 characters)";
      break;
    case wire::AdminVerb::trace: {
      wire::Trace::Answer answer = parts_.trace.obey(asked.argument);
      report.done = answer.done;
      report.text = std::move(answer.text);
      break;
    }
    case wire::AdminVerb::stop:
      leave(false);
      report.text = "{}";
      break;
    default:
      report.done = false;
      report.text = "not for a process to answer";
  }
  reports_.push_back(std::move(report));
}

RankFacts RankLoop::facts() const {
  RankFacts facts = config_.facts;
  facts.state = to_string(leaving_.state());
  facts.up_us = now_.mono_us - started_us_;
  facts.turns = turns_;
  facts.store_queued = parts_.store.queued();
  facts.router = &parts_.router.counters();
  facts.store = parts_.store.counters();
  facts.link = parts_.link.counters();
  facts.port = parts_.port.counters();
  facts.doorbell = parts_.doorbell.counters();
  facts.sleep = parts_.sleeper.counters();
  return facts;
}

// ---- leaving

void RankLoop::leave(bool hurry) {
  const bool first = !leaving_.asked();
  const auto deed = leaving_.ask(read_clocks().mono_us, hurry ? kHurriedDrainUs : kDrainUs,
                                 hurry ? kHurriedLeaveUs : kLeaveUs);
  if (deed == LeavingDeed::drain_edges && edge_.drain) edge_.drain();
  if (first) pass_stop_on();
}

void RankLoop::pass_stop_on() {
  // To the ranks 1, 2, 4 … further on, each of which does the same: all know after log2(ranks)
  // hops, and nobody sends more than that many frames.
  for (std::size_t distance = 1; distance < parts_.link.ranks(); distance *= 2) {
    wire::Admin stop;
    stop.verb = wire::AdminVerb::stop;
    stop.target = static_cast<wire::RankId>((parts_.link.self() + distance) % parts_.link.ranks());
    wire::FrameHeader header;
    header.address = {parts_.link.self(), wire::kAdminPort, 0};
    asked_.push_back({0, wire::encoded(header, stop)});
  }
}

bool RankLoop::step_leaving() {
  if (!leaving_.asked()) return false;
  const LeavingState before = leaving_.state();
  const bool in_barrier = before == LeavingState::drained || before == LeavingState::quiet ||
                          before == LeavingState::left;
  Leaving::Facts facts;
  facts.now_us = now_.mono_us;
  facts.edges_drained = asked_.empty() && (!edge_.drained || edge_.drained());
  facts.router_quiet = quiet_;
  facts.sends_complete = parts_.link.sends_complete();
  facts.barrier_done = in_barrier && parts_.link.barrier_done();
  switch (leaving_.step(facts)) {
    case LeavingDeed::none:
    case LeavingDeed::drain_edges:
      break;
    case LeavingDeed::begin_barrier:
      parts_.link.begin_barrier();
      break;
    case LeavingDeed::stop_router:
      if (edge_.cut) edge_.cut();
      step(routing::StopAsked{});
      break;
    case LeavingDeed::fall_silent:
      silent_ = true;
      break;
  }
  return leaving_.state() != before;
}

// ---- sleeping

bool RankLoop::may_sleep() {
  if (!silent_ && !effects_.owes_nothing) return false;
  if (!asked_.empty() || !reports_.empty() || !unreachable_.empty()) return false;
  if (edge_.due && edge_.due()) return false;
  // A store without a descriptor commits when it is polled.
  if (parts_.store.event_fd() < 0 && parts_.store.queued() > 0) return false;
  if (!parts_.link.sends_complete()) {
    wait_for_sends();
    return false;
  }
  send_waits_ = 0;
  for (int probe = 0; probe < wire::kEmptyProbesBeforeSleep; ++probe) {
    if (parts_.link.arrived()) return false;
  }
  if (edge_.sent) parts_.port.expect(edge_.sent());
  return parts_.port.is_empty();
}

void RankLoop::wait_for_sends() {
  // MPI moves a large batch in pieces, and only while it is called. Give the peer our core first.
  if (++send_waits_ < kSendYields) {
    ::sched_yield();
  } else {
    slept_ = true;
    parts_.sleeper.sleep_until(now_.mono_us + kSendNapUs);
  }
}

void RankLoop::sleep() {
  std::int64_t until_us = effects_.wake_at_us;
  if (config_.idle.nap_us > 0) until_us = std::min(until_us, now_.mono_us + config_.idle.nap_us);
  if (leaving_.asked()) until_us = std::min(until_us, now_.mono_us + kLeavingNapUs);
  if (silent_) until_us = now_.mono_us + kLeavingNapUs;
  if (until_us > now_.mono_us) {
    turns_unpolled_ = 0;
    slept_ = true;
    parts_.sleeper.sleep_until(until_us);
  } else {
    poll();
  }
}

void RankLoop::poll() {
  turns_unpolled_ = 0;
  parts_.sleeper.poll();
}

}  // namespace trunkline::backbone
