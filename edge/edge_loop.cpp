#include <time.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>

#include "edge/edge.h"
#include "edge/log.h"
#include "edge/loop.h"

namespace trunkline::edge {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kBatchesPerDrain = 256;  // then sockets have their turn
constexpr int kRoundsPerTurn = 4;

wire::Now read_clocks() {
  timespec mono{}, wall{};
  clock_gettime(CLOCK_MONOTONIC, &mono);
  clock_gettime(CLOCK_REALTIME, &wall);
  return {static_cast<std::int64_t>(mono.tv_sec) * 1'000'000 + mono.tv_nsec / 1'000,
          static_cast<std::int64_t>(wall.tv_sec) * 1'000 + wall.tv_nsec / 1'000'000};
}

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "localhost";
}

GatewayConfig gateway_config(const EdgeConfig& config, std::uint32_t thread) {
  GatewayConfig gateway;
  gateway.edge_name = config.name;
  gateway.thread = thread;
  return gateway;
}

}  // namespace

Loop::Loop(asio::io_context& io, zmq::context_t& zmq, const EdgeConfig& config,
           std::uint32_t thread, std::shared_ptr<EdgeShared> shared)
    : io_(io),
      config_(config),
      thread_(thread),
      shared_(std::move(shared)),
      traced_(shared_->trace().ring()),
      settings_(shared_->settings()),
      return_path_(std::make_shared<ReturnPath>(io)),
      gateway_(gateway_config(config, thread)),
      timer_(io),
      port_number_(config.port),
      port_(io, zmq, config,
            {[this](wire::Incarnation incarnation) {
               ++counters_.port_openings;
               step(PortOpened{incarnation, url_});
             },
             [this] {
               begin_turn();
               port_due_ = true;
               drain_port();
             },
             [this](char* batch, std::size_t size) { take_batch(batch, size); },
             [this](const std::string& why) { log_port_waits(config_.name, why); },
             [this] { step(PortMoved{}); }}) {
  const bool is_local = !config_.socket_path.empty() || is_loopback(config_.address);
  if (settings_->tls == nullptr && !config_.plain_anywhere && !is_local) {
    throw std::runtime_error("an edge on " + config_.address +
                             " needs TLS: give it a certificate and a key (or --plain-anywhere)");
  }
  if (config.echo && !is_local) {
    throw std::runtime_error("an edge that echoes listens on loopback only");
  }
  if (!config_.socket_path.empty() && thread != 0) {
    throw std::runtime_error("a UNIX socket is listened on by one event loop: --threads 1");
  }
}

std::uint16_t Loop::start() {
  open_door();
  EdgeConfig found = config_;
  found.port = port_number_;
  url_ = config_.public_url.empty() ? listening_url(found, host_name()) : config_.public_url;
  shared_->join(io_, weak_from_this());
  take_settings();
  if (!config_.echo) port_.open();
  begin_turn();
  return port_number_;
}

void Loop::open_door() {
  Listener::Handlers take{
      [this](Socket socket, const asio::ip::address& peer) { accepted(std::move(socket), peer); },
      [this] { ++counters_.turned_away; }};
  if (!config_.socket_path.empty()) {
    listener_ = listen_on_path(io_, config_.socket_path, std::move(take));
    return;
  }
  listener_ = listen_on_port(io_, config_.address, port_number_, thread_ == 0, std::move(take));
  port_number_ = listener_->port();
}

void Loop::take_settings() {
  settings_ = shared_->settings();
  const bool tls = settings_->tls != nullptr;
  const bool by_path = !config_.socket_path.empty();
  origins_.clear();
  if (!by_path) origins_ = own_origins(tls, config_.address, port_number_);
  if (config_.tunnel_port != 0) {
    const auto tunnel = own_origins(tls, "127.0.0.1", config_.tunnel_port);
    origins_.insert(origins_.end(), tunnel.begin(), tunnel.end());
  }
  origins_.insert(origins_.end(), settings_->origins.begin(), settings_->origins.end());
  counters_.certificate_expires_s = static_cast<std::uint64_t>(settings_->certificate_expires_s);
  step(RatesChanged{settings_->rates});
}

// ---- turns

void Loop::begin_turn() {
  if (turn_open_ || abandoned_) return;
  turn_open_ = true;
  now_ = read_clocks();
  // end_turn() goes another round; or the rank's loop has its turn after every handler.
  if (ending_ || config_.fused) return;
  asio::post(io_, [weak = weak_from_this()] {
    if (const auto self = weak.lock(); self != nullptr && self->turn_open_) self->end_turn();
  });
}

bool Loop::drain_port() {
  if (config_.fused) return drain_expected();
  if (!port_due_) return false;
  port_due_ = false;
  const std::size_t taken = port_.drain(kBatchesPerDrain);
  if (taken == kBatchesPerDrain) port_due_ = true;
  return taken > 0;
}

bool Loop::drain_expected() {
  if (expected_ == 0) return false;
  const std::size_t wanted = std::min(expected_, kBatchesPerDrain);
  const std::size_t taken = port_.drain(wanted);
  // Fewer: the rest went to a socket that is closed.
  expected_ = taken < wanted ? 0 : expected_ - wanted;
  return taken > 0;
}

bool Loop::turn(std::size_t rank_sent) {
  expected_ += rank_sent;
  const bool took = drain_port();
  if (!turn_open_) return took;
  end_turn();
  return true;
}

// What comes of a round (a batch that answers at once, a TAKEN for what was flushed) is dealt with
// before the thread may sleep, but not without end: then the io_context has its turn first.
void Loop::end_turn() {
  ++counters_.turns;
  ending_ = true;
  for (int round = 0; turn_open_ && round < kRoundsPerTurn; ++round) {
    turn_open_ = false;
    flush_sockets();
    end_gateway_turn();
    drain_port();
    if (!unflushed_.empty()) begin_turn();
  }
  ending_ = false;
  if (turn_open_) {
    turn_open_ = false;
    begin_turn();
  }
  publish_counters();
  finish_if_drained();
  arm_timer();
}

void Loop::end_gateway_turn() {
  gateway_.step({now_, TurnEnd{}}, effects_);
  gateway_wake_us_ = effects_.wake_at_us;
  act();
  if (std::exchange(reopen_, false)) {
    log_port_broken(config_.name);
    port_.open();
    port_due_ = true;
  }
}

void Loop::flush_sockets() {
  flushing_.swap(unflushed_);
  for (const auto& connection : flushing_) {
    connection->is_unflushed = false;
    connection->flush();
  }
  flushing_.clear();
}

void Loop::has_unflushed(Connection& connection) {
  if (std::exchange(connection.is_unflushed, true)) return;
  begin_turn();
  unflushed_.push_back(connection.shared_from_this());
}

// ---- what comes of a step

void Loop::act() {
  if (acting_) return;  // who acts now goes on with what was added
  acting_ = true;
  for (std::size_t done = 0, ordered = 0;;) {
    if (done < effects_.actions.size()) {
      const ClientAction action = effects_.actions[done++];
      std::visit([this](const auto& what) { on(what); }, action);
    } else if (ordered < effects_.orders.size()) {
      const EdgeOrder order = effects_.orders[ordered++];
      obey(order);
    } else {
      break;
    }
  }
  acting_ = false;
  for (wire::Bytes& batch : effects_.to_rank) {
    wire::mark_batch(batch.data(), batch.size(), wire::Stamp::edge_out, traced_);
    ++counters_.batches_out;
    port_.send(std::move(batch));
    port_due_ = true;
    ++sent_;
  }
  reopen_ |= effects_.reopen;
  drained_ |= effects_.drained;
  effects_.clear();
}

void Loop::on(const ToClient& action) {
  if (Connection* connection = find(action.session)) {
    connection->conversation()->deliver(action.frame);
  }
}
void Loop::on(const VerifierReady& action) {
  if (Connection* connection = find(action.session)) {
    connection->conversation()->on_verifier(action.verifier);
  }
}
void Loop::on(const Close& action) {
  if (Connection* connection = find(action.session)) {
    connection->conversation()->end(action.code, action.text);
  }
}
void Loop::on(const Reading& action) {
  if (Connection* connection = find(action.session)) connection->read(action.on);
}
void Loop::on(const AdminAnswered& action) {
  if (take_live(action)) return;
  const auto found = connections_.find(action.session);
  if (found == connections_.end()) return;
  found->second->add_metrics(action.done ? action.text : std::string_view(), action.last);
}

void Loop::take_batch(char* batch, std::size_t size) {
  ++counters_.batches_in;
  wire::mark_batch(batch, size, wire::Stamp::edge_back, traced_);
  step(FromRank{{batch, size}});
}

// ---- connections

void Loop::accepted(Socket socket, const asio::ip::address& peer) {
  begin_turn();
  if (shared_->settings() != settings_) take_settings();
  if (shared_->admit(peer) != EdgeShared::Admission::admitted) {
    ++counters_.turned_away;
    return;
  }
  ++counters_.accepted;
  ++counters_.connections;
  const wire::SessionId id = ++last_id_;
  const auto connection = make_connection(*this, id, std::move(socket), peer, settings_->tls.get());
  connections_.emplace(id, connection);
  connection->start();
}

void Loop::closed(Connection& connection) {
  const auto keep = connection.shared_from_this();
  --counters_.connections;
  shared_->left(connection.address());
  connections_.erase(connection.id());
  if (connection.conversation() != nullptr) connection.conversation()->lost();
  begin_turn();
}

// One whose conversation has begun.
Connection* Loop::find(wire::SessionId id) {
  const auto found = connections_.find(id);
  if (found == connections_.end() || found->second->conversation() == nullptr) return nullptr;
  return found->second.get();
}

bool Loop::may_use_plain() const {
  return settings_->tls != nullptr || !config_.socket_path.empty() || is_loopback(config_.address);
}

// ---- clock

void Loop::schedule(Connection& connection) {
  const std::int64_t at_us = connection.deadline_us();
  if (connection.queued_us != 0 && connection.queued_us <= at_us) return;
  connection.queued_us = at_us;
  deadlines_.push({at_us, connection.id()});
  begin_turn();
}

void Loop::look_at_deadlines() {
  while (!deadlines_.empty() && deadlines_.top().first <= now_.mono_us) {
    const Deadline met = deadlines_.top();
    deadlines_.pop();
    const auto found = connections_.find(met.second);
    if (found == connections_.end() || found->second->queued_us != met.first) continue;
    const auto connection = found->second;
    connection->queued_us = 0;
    if (connection->deadline_us() <= now_.mono_us) {
      connection->look_at_clock();
    } else {
      schedule(*connection);
    }
  }
}

// Moved only to fire earlier: that it fires for nothing now and then is cheaper than a system call
// in every turn.
void Loop::arm_timer() {
  if (abandoned_) return;
  std::int64_t at_us = gateway_wake_us_;
  if (!deadlines_.empty()) at_us = std::min(at_us, deadlines_.top().first);
  if (stopped_) at_us = std::min(at_us, stop_deadline_us_);
  if (armed_us_ != 0 && armed_us_ <= at_us) return;
  armed_us_ = at_us;
  timer_.expires_after(std::chrono::microseconds(at_us - read_clocks().mono_us));
  timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
    if (const auto self = weak.lock(); self != nullptr && !error) self->on_timer();
  });
}

void Loop::on_timer() {
  armed_us_ = 0;
  begin_turn();
  now_ = read_clocks();
  look_at_deadlines();
}

// ---- edge.h

EdgeLoop::EdgeLoop(asio::io_context& io, zmq::context_t& zmq, const EdgeConfig& config,
                   std::uint32_t thread, std::shared_ptr<EdgeShared> shared)
    : loop_(std::make_shared<Loop>(io, zmq, config, thread, std::move(shared))) {}
EdgeLoop::~EdgeLoop() {
  loop_->abandon();
}
std::uint16_t EdgeLoop::start() {
  return loop_->start();
}
void EdgeLoop::stop(std::function<void()> done) {
  loop_->stop(std::move(done));
}
void EdgeLoop::reload() {
  loop_->reload();
}
bool EdgeLoop::turn(std::size_t rank_sent) {
  return loop_->turn(rank_sent);
}
bool EdgeLoop::is_due() const {
  return loop_->is_due();
}
std::size_t EdgeLoop::sent() {
  return loop_->sent();
}

}  // namespace trunkline::edge
