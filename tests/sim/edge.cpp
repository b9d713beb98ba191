#include "tests/sim/edge.h"

#include "tests/sim/describe.h"
#include "tests/sim/world.h"

namespace trunkline::sim {

Edge::Edge(World& world, std::size_t number) : world_(world), number_(number) {}

void Edge::start() {
  edge::GatewayConfig config;
  config.edge_name = "edge" + std::to_string(number_);
  config.fault = world_.plan.fault;
  if (!world_.plan.chat_rates) config.rates.messages_per_second = config.rates.bytes_per_second = 0;
  gateway_ = std::make_unique<edge::Gateway>(config);
  effects_.clear();
  stopped_ = missed_turn_ = false;
  ++lives_;
  open_port();
}

void Edge::die() {
  close_port();
  gateway_.reset();
  ++lives_;
  stopped_ = missed_turn_ = opening_ = false;
  turn_at_us_ = kNever;
  sockets_.insert(sockets_.end(), arrivals_.begin(), arrivals_.end());
  arrivals_.clear();
  for (const auto& socket : std::exchange(sockets_, {})) {
    socket->outbox.clear();
    finish(*socket, true);
  }
  flushed_.clear();
}

void Edge::go_on() {
  stopped_ = false;
  if (std::exchange(missed_turn_, false)) turn();
}

void Edge::drain() {
  if (!alive()) return;
  step(edge::DrainAsked{"wss://elsewhere/ws"});
  poke();
}

void Edge::open_port() {
  opening_ = false;
  incarnation_ = world_.chance.next();
  pipe_ = std::make_shared<Pipe>();
  pipe_->peer = "peer" + std::to_string(world_.chance.next());
  pipe_->edge = this;
  pipe_->rank = &world_.ranks[number_ % world_.plan.ranks];
  world_.pipes.push_back(pipe_);
  step(edge::PortOpened{incarnation_});
  turn_at(world_.schedule.now_us());
}

// Linger 0: what has left may arrive, in part.
void Edge::close_port() {
  if (pipe_ == nullptr) return;
  pipe_->open = false;
  pipe_->to_rank.keep_first(world_.chance.below(pipe_->to_rank.size() + 1));
  pipe_->to_edge.clear();
  pipe_.reset();
  world_.roads.port_ended(incarnation_);
}

void Edge::lose_frames() {
  if (pipe_ == nullptr) return;
  world_.note("edge ", number_, " port loses frames");
  pipe_->loses_to_rank = world_.chance.below(3u);
  pipe_->loses_to_edge = world_.chance.below(3u);
}

void Edge::connect(const std::shared_ptr<Socket>& socket) {
  arrivals_.push_back(socket);
  poke();
}

void Edge::poke() {
  if (alive()) turn_at(world_.schedule.now_us() + world_.chance.between<std::int64_t>(1, 20));
}

void Edge::turn_at(std::int64_t time_us) {
  if (time_us >= turn_at_us_) return;
  turn_at_us_ = time_us;
  world_.schedule.at(time_us, [this, life = lives_, time_us] {
    if (life == lives_ && turn_at_us_ == time_us) turn();
  });
}

template <class What>
void Edge::step(const What& what) {
  gateway_->step({world_.schedule.now(), what}, effects_);
}

Socket* Edge::find(wire::SessionId session) const {
  for (const auto& socket : sockets_) {
    if (socket->session == session) return socket.get();
  }
  return nullptr;
}

void Edge::turn() {
  turn_at_us_ = kNever;
  missed_turn_ = stopped_;
  if (stopped_) return;
  for (const auto& socket : std::exchange(arrivals_, {})) {
    socket->session = ++last_session_;
    sockets_.push_back(socket);
    step(edge::VerifierAsked{socket->session, socket->device->user()});
  }
  if (world_.chance.permille(500)) {
    take_port();
    take_sockets();
  } else {
    take_sockets();
    take_port();
  }
  for (const auto& [session, bytes] : std::exchange(flushed_, {})) {
    step(edge::Flushed{session, bytes});
  }
  step(edge::TurnEnd{});
  const std::int64_t wake_at_us = effects_.wake_at_us;
  act();
  for (const auto& socket : sockets_) {
    if (!socket->stalled && socket->edge_open) flush(*socket);
  }
  std::erase_if(sockets_, [](const auto& socket) { return !socket->edge_open; });
  turn_at(std::max(wake_at_us, world_.schedule.now_us() + 1));
}

void Edge::take_port() {
  while (pipe_ != nullptr && pipe_->to_edge.ready(world_.schedule.now_us())) {
    batches_.push_back(pipe_->to_edge.pop());
    if (world_.trace.on()) {
      world_.note("edge ", number_, " <- rank ", pipe_->rank->self(), " ",
                  describe(batches_.back(), wire::Way::port));
    }
    step(edge::FromRank{batches_.back()});
    act();
  }
}

void Edge::take_sockets() {
  for (std::size_t i = 0; i < sockets_.size(); ++i) {
    const std::shared_ptr<Socket> socket = sockets_[i];
    while (socket->edge_open && socket->reading &&
           socket->to_edge.ready(world_.schedule.now_us())) {
      const wire::Bytes bytes = socket->to_edge.pop();
      if (socket->closing) continue;
      const auto frame = wire::decode(bytes, wire::kFrameBytesHardMax);
      TRUNKLINE_CHECK(frame, "clients of the simulator send frames");
      step(edge::FromClient{socket->session, *frame, bytes.size()});
      act();
    }
    if (socket->edge_open && socket->fin && (socket->to_edge.empty() || socket->closing)) {
      socket->edge_open = false;
      step(edge::SocketClosed{socket->session});
    }
  }
}

void Edge::act() {
  while (!effects_.actions.empty()) {  // an action may be a login, which has effects of its own
    const auto actions = std::exchange(effects_.actions, {});
    for (const edge::ClientAction& action : actions) {
      std::visit([this](const auto& one) { act(one); }, action);
    }
  }
  for (wire::Bytes& batch : std::exchange(effects_.to_rank, {})) {
    if (pipe_ == nullptr) continue;
    if (pipe_->loses_to_rank > 0) {
      --pipe_->loses_to_rank;
      continue;
    }
    const std::int64_t now_us = world_.schedule.now_us();
    const std::int64_t arrival =
        pipe_->to_rank.push(now_us + world_.delay(world_.plan.port_us_max), std::move(batch));
    world_.schedule.at(arrival, [rank = pipe_->rank] { rank->poke(); });
  }
  const bool reopen = effects_.reopen;
  effects_.clear();
  batches_.clear();
  if (!reopen) return;
  world_.note("edge ", number_, " breaks its port");
  close_port();
  opening_ = true;
  world_.schedule.after(world_.delay(10 * kMs), [this, life = lives_] {
    if (life == lives_ && opening_) open_port();
  });
}

void Edge::act(const edge::ToClient& action) {
  Socket* socket = find(action.session);
  TRUNKLINE_CHECK(socket != nullptr, "the gateway speaks to sockets that it was told of");
  world_.mail.given(*socket, action.frame);
  socket->outbox.emplace_back(action.frame);
}

void Edge::act(const edge::VerifierReady& action) {
  Socket* socket = find(action.session);
  // SASL needs a client that answers.
  if (socket == nullptr || !socket->edge_open || !socket->client_open) return;
  edge::LoggedIn login;
  login.session = socket->session;
  login.user = socket->device->user();
  login.device = socket->device->name();
  login.cursor = socket->cursor;
  login.mailbox = socket->mailbox;
  login.auth_version = action.verifier.auth_version;
  step(login);
  poke();
}

void Edge::act(const edge::Close& action) {
  Socket* socket = find(action.session);
  TRUNKLINE_CHECK(socket != nullptr, "the gateway closes sockets that it was told of");
  socket->closing = true;
  socket->close_code = action.code;
  if (socket->stalled) finish(*socket, true);
}

void Edge::act(const edge::Reading& action) {
  Socket* socket = find(action.session);
  if (socket == nullptr) return;
  socket->reading = action.on;
  if (action.on) poke();
}

// Bytes leave for the client, and the gateway hears of it in a later turn.
void Edge::flush(Socket& socket) {
  std::size_t bytes = 0;
  const std::int64_t now_us = world_.schedule.now_us();
  for (wire::Bytes& frame : std::exchange(socket.outbox, {})) {
    bytes += frame.size();
    const std::int64_t arrival =
        socket.to_client.push(now_us + world_.delay(world_.plan.socket_us_max), {std::move(frame)});
    world_.schedule.at(arrival, [&device = *socket.device] { device.listen(); });
  }
  if (bytes > 0) {
    flushed_.emplace_back(socket.session, bytes);
    poke();
  }
  if (socket.closing) finish(socket, false);
}

void Edge::finish(Socket& socket, bool plainly) {
  if (!socket.edge_open) return;
  socket.edge_open = false;
  const std::int64_t arrival =
      socket.to_client.push(world_.schedule.now_us() + world_.delay(world_.plan.socket_us_max),
                            {{}, socket.close_code, plainly});
  world_.schedule.at(arrival, [&device = *socket.device] { device.listen(); });
}

}  // namespace trunkline::sim
