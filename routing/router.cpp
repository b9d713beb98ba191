#include "routing/router.h"

#include <algorithm>

#include "routing/router_state.h"
#include "wire/check.h"

namespace trunkline::routing {

using wire::FrameView;
using wire::Kind;
using wire::RankId;

namespace {

// A gap between turns that only a process that was stopped can have: turns end at least at every
// beat.
constexpr std::int64_t kPauseUs = 2 * wire::kBeatEveryUs;

}  // namespace

// ---- the interface

Router::Router(RouterConfig config, const wire::SlotMap& slots, const wire::StoreOpened& opened)
    : state_(std::make_unique<State>(std::move(config), slots, opened)) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;

void Router::step(const Event& event, Effects& effects) {
  state_->turn.now = event.now;
  state_->turn.effects = &effects;
  std::visit([this](const auto& what) { state_->step(what); }, event.what);
  state_->settle();
  state_->turn.effects = nullptr;
}

const RouterCounters& Router::counters() const {
  return state_->turn.counters;
}

void Effects::clear() {
  *this = Effects{};
}

Router::State::State(RouterConfig config, const wire::SlotMap& slots,
                     const wire::StoreOpened& opened)
    : turn{std::move(config), slots, opened, {}, {}},
      links(turn),
      ports(turn),
      credit(turn, ports, links, [this](const FrameView& send) { home.take(send); }),
      courier(turn, ports, links, credit, residents),
      direct(turn, ports, links, residents, courier),
      home(turn, links, courier, direct),
      round_trips(turn, links),
      admin(turn, ports, links, credit, courier, home, round_trips) {
  TRUNKLINE_CHECK(turn.self() < turn.ranks(), "a rank is one of the slot map's");
}

// ---- frames from edges

void Router::State::step(const PortBatch& event) {
  const auto arrival = ports.take(event.peer, event.batch);
  bury_dead();  // Before its successor says anything.
  if (!arrival) return;
  wire::BytesView frames = arrival->frames;
  while (!frames.empty()) {
    const auto frame = wire::next_frame(frames);
    if (!frame) {
      // What follows cannot be found any more, so something would be lost in the middle.
      ++turn.counters.bad_frames;
      ports.reset(*arrival->port);
      return;
    }
    from_port(*arrival->port, *frame);
    if (arrival->port->histories > wire::kHistoryOutstandingPerPortMax) {
      ports.reset(*arrival->port);  // It asks for pages that nobody has reserved room for.
      return;
    }
  }
}

void Router::State::from_port(Port& port, const FrameView& frame) {
  const Kind kind = frame.header.kind;
  if (kind == Kind::beat) return;
  if (kind == Kind::admin_is) return admin.from_edge(frame);  // its address is the asker's
  const wire::Address& from = frame.header.address;
  if (from.rank != turn.self() || from.port != port.id) {
    ++turn.counters.misdirected;
    return;
  }
  switch (kind) {
    case Kind::send:
      return credit.take(frame);
    case Kind::direct:
      if (direct.from_port(frame)) home.take(frame);
      return;
    case Kind::attach:
      attach_passes(port, frame);
      return to_home(frame);
    case Kind::detach:
      detach_passes(port, frame);
      return to_home(frame);
    case Kind::history:
      ++port.histories;
      return to_home(frame);
    case Kind::verifier:
    case Kind::taken:
    case Kind::received:
      return to_home(frame);
    case Kind::admin:
      return admin.from_port(frame);
    default:
      ++turn.counters.bad_frames;
  }
}

void Router::State::to_home(const FrameView& frame) {
  const RankId rank = turn.slots.rank_of(frame.header.slot);
  if (rank == turn.self()) {
    home.take(frame);
  } else {
    links.forward(rank, frame);
  }
}

// The rank of a session knows who it is, so that it can say DETACH when its port has died.
void Router::State::attach_passes(Port& port, const FrameView& frame) {
  const auto attach = wire::payload_of<wire::Attach>(frame);
  if (!attach) return;
  port.sessions.insert_or_assign(
      frame.header.address.session,
      PortSession{wire::Bytes(attach->user), wire::Bytes(attach->device), attach->sepoch});
}

void Router::State::detach_passes(Port& port, const FrameView& frame) {
  courier.forget(port, frame.header.address.session);
}

void Router::State::bury_dead() {
  for (const auto& port : ports.take_dead()) bury(*port);
}

void Router::State::bury(Port& port) {
  credit.drop_port(port.id);
  std::vector<wire::SessionId> sessions;
  for (const auto& [id, session] : port.sessions) sessions.push_back(id);
  std::sort(sessions.begin(), sessions.end());
  for (const wire::SessionId id : sessions) {
    const PortSession& session = port.sessions.at(id);
    wire::FrameHeader header;
    header.address = {turn.self(), port.id, id};
    header.slot = wire::slot_of(session.user);
    const wire::Bytes detach =
        wire::encoded(header, wire::Detach{session.user, session.device, session.sepoch});
    to_home(*wire::decode(detach));
    courier.forget(port, id);
  }
}

// ---- frames from ranks

void Router::State::step(const LinkBatch& event) {
  const auto batch = links.take(event.peer, event.batch);
  if (!batch) return;
  wire::BytesView frames = *batch;
  while (!frames.empty()) {
    auto frame = wire::next_frame(frames);
    TRUNKLINE_CHECK(frame.has_value(), "MPI delivers frames as they were sent");
    from_link(event.peer, *frame);
  }
}

void Router::State::from_link(RankId peer, FrameView& frame) {
  switch (frame.header.kind) {
    case Kind::beat:
      return;
    // For a user whose home is here.
    case Kind::verifier:
    case Kind::attach:
    case Kind::detach:
    case Kind::send:
    case Kind::taken:
    case Kind::received:
    case Kind::history:
      return home.take(frame);
    case Kind::admin:
      return admin.from_link(frame);
    case Kind::copy:
      if (const auto copy = wire::payload_of<wire::Copy>(frame)) return home.take(peer, *copy);
      break;
    case Kind::copied:
      if (const auto copied = wire::payload_of<wire::Copied>(frame)) {
        return home.take(peer, *copied);
      }
      break;
    case Kind::direct:
      if (direct.from_link(frame)) home.take(frame);
      return;
    case Kind::hint:
      if (const auto hint = wire::payload_of<wire::Hint>(frame)) return direct.hint(*hint);
      break;
    case Kind::sole:
      if (const auto sole = wire::payload_of<wire::Sole>(frame)) return direct.sole(*sole);
      break;
    // For a session of a port here.
    case Kind::verifier_is:
    case Kind::attached:
    case Kind::attach_refused:
    case Kind::replaced:
    case Kind::revoked:
    case Kind::stored:
    case Kind::refused:
    case Kind::fenced:
    case Kind::deliver:
    case Kind::trimmed:
    case Kind::page:
    case Kind::direct_refused:
      return courier.pass(peer, frame);
    case Kind::admin_is:
      if (frame.header.address.port == wire::kTurnPort) return round_trips.answered(peer);
      return courier.pass(peer, frame);
    default:
      break;
  }
  ++turn.counters.bad_frames;
}

// ---- the rest

void Router::State::step(const wire::StoreEvent& event) {
  std::visit([this](const auto& what) { home.step(what); }, event);
}

void Router::State::step(const StopAsked&) {
  turn.stopping = true;
  credit.refuse_all();
  home.refuse_all();
}

void Router::State::settle() {
  bury_dead();
  do {
    home.work();
  } while (credit.release());
  home.tidy();
}

// ---- time

void Router::State::step(const TurnEnd&) {
  forgive_pause();
  if (turn.now.mono_us >= beat_at_us) beat();
  ports.watch();
  bury_dead();
  credit.refuse_busy();
  home.refuse_busy();
  home.flush();
  ports.close();
  bury_dead();
  links.close();

  Effects& effects = *turn.effects;
  effects.owes_nothing = links.owes_nothing();
  effects.wake_at_us = wake_at();
  effects.quiet = turn.stopping && is_quiet();
  effects.silent_neighbour = links.silent_neighbour();
}

void Router::State::beat() {
  if (beat_at_us == 0) home.start();
  beat_at_us = turn.now.mono_us + wire::kBeatEveryUs;
  ports.beat();
  links.beat();
  home.beat();
}

// A process that was stopped finds old clocks: what it has not heard meanwhile proves nothing.
void Router::State::forgive_pause() {
  const std::int64_t pause_us = turn.now.mono_us - last_turn_us;
  if (last_turn_us != 0 && pause_us >= kPauseUs) {
    ports.forgive(pause_us);
    links.forgive(pause_us);
  }
  last_turn_us = turn.now.mono_us;
}

std::int64_t Router::State::wake_at() const {
  return std::min({beat_at_us, ports.silence_at(), links.silence_at(), links.wake_at(),
                   credit.busy_at(), home.wake_at()});
}

bool Router::State::is_quiet() const {
  return home.settled() && credit.settled() && links.settled() && ports.settled();
}

}  // namespace trunkline::routing
