#include <time.h>

#include <chrono>
#include <fstream>
#include <stdexcept>

#include "edge/edge.h"
#include "edge/log.h"
#include "edge/loop.h"
#include "wire/stamps.h"

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

std::uint64_t stamp_clock_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC_RAW, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec);
}

// All processes of one kernel share its clock, so stamps name the kernel: its boot id.
std::uint16_t node_of_this_machine() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string boot_id;
  std::getline(file, boot_id);
  return static_cast<std::uint16_t>(std::hash<std::string>{}(boot_id)&0xffff);
}

GatewayConfig gateway_config(const EdgeConfig& config, std::uint32_t thread) {
  GatewayConfig gateway;
  gateway.edge_name = config.name;
  gateway.thread = thread;
  if (config.lab) {
    gateway.messages_per_second = 0;
    gateway.bytes_per_second = 0;
  }
  return gateway;
}

}  // namespace

Loop::Loop(asio::io_context& io, zmq::context_t& zmq, const EdgeConfig& config,
           std::uint32_t thread, std::shared_ptr<EdgeShared> shared)
    : io_(io),
      config_(config),
      thread_(thread),
      node_(node_of_this_machine()),
      shared_(std::move(shared)),
      return_path_(std::make_shared<ReturnPath>(io)),
      gateway_(gateway_config(config, thread)),
      timer_(io),
      port_(io, zmq, config,
            {[this](wire::Incarnation incarnation) {
               ++counters_.port_openings;
               step(PortOpened{incarnation});
             },
             [this] {
               begin_turn();
               port_due_ = true;
               drain_port();
             },
             [this](char* batch, std::size_t size) { take_batch(batch, size); },
             [this](const std::string& why) { log_port_waits(config_.name, why); }}) {
  if (shared_->tls() == nullptr && !config_.plain_anywhere && !is_loopback(config_.address)) {
    throw std::runtime_error("an edge on " + config_.address +
                             " needs TLS: give it a certificate and a key (or --plain-anywhere)");
  }
  if (config.echo && !is_loopback(config.address)) {
    throw std::runtime_error("an edge that echoes listens on loopback only");
  }
}

std::uint16_t Loop::start() {
  listener_ = std::make_unique<Listener>(io_, config_.address, config_.port, thread_ == 0,
                                         [this](Socket socket) { accepted(std::move(socket)); });
  const std::uint16_t port = listener_->port();
  origins_ = own_origins(shared_->tls() != nullptr, config_.address, port);
  origins_.insert(origins_.end(), config_.origins.begin(), config_.origins.end());
  if (!config_.echo) port_.open();
  begin_turn();
  return port;
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
  for (std::size_t i = 0; i < effects_.actions.size(); ++i) {
    const ClientAction action = effects_.actions[i];
    std::visit([this](const auto& what) { on(what); }, action);
  }
  acting_ = false;
  for (wire::Bytes& batch : effects_.to_rank) {
    wire::stamp_batch(batch.data(), batch.size(), wire::Stamp::edge_out, stamp_clock_ns(), node_);
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
  const auto found = connections_.find(action.session);
  if (found == connections_.end()) return;
  found->second->add_metrics(action.done ? action.text : std::string_view(), action.last);
}

void Loop::take_batch(char* batch, std::size_t size) {
  ++counters_.batches_in;
  wire::stamp_batch(batch, size, wire::Stamp::edge_back, stamp_clock_ns(), node_);
  step(FromRank{{batch, size}});
}

// ---- connections

void Loop::accepted(Socket socket) {
  boost::system::error_code error;
  const auto peer = socket.remote_endpoint(error);
  if (error) return;
  begin_turn();
  if (shared_->admit(peer.address()) != EdgeShared::Admission::admitted) {
    ++counters_.turned_away;
    return;
  }
  ++counters_.accepted;
  ++counters_.connections;
  const wire::SessionId id = ++last_id_;
  const auto connection =
      make_connection(*this, id, std::move(socket), peer.address(), shared_->tls().get());
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
  return shared_->tls() != nullptr || is_loopback(config_.address);
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

// ---- the end

void Loop::stop(std::function<void()> done) {
  stopped_ = std::move(done);
  stopping_ = true;
  begin_turn();
  stop_deadline_us_ = now_.mono_us + config_.times.drain_us;
  listener_.reset();
  close_strangers();
  wire::Bytes urls;
  for (const std::string& url : config_.move_urls) {
    if (!urls.empty()) urls.push_back('\n');
    urls.append(url);
  }
  step(DrainAsked{urls, urls.empty() ? wire::Code::shutdown : wire::Code::draining});
}

// Those that the gateway does not know of, or not as logged in.
void Loop::close_strangers() {
  std::vector<std::shared_ptr<Connection>> strangers;
  for (const auto& [id, connection] : connections_) {
    Conversation* conversation = connection->conversation();
    if (conversation == nullptr || conversation->is_before_login()) strangers.push_back(connection);
  }
  for (const auto& connection : strangers) {
    if (connection->conversation() == nullptr) {
      connection->cut();
    } else {
      connection->conversation()->fail(wire::Code::shutdown, "this edge is ending");
    }
  }
}

void Loop::finish_if_drained() {
  if (!stopping_ || !stopped_) return;
  const bool late = now_.mono_us >= stop_deadline_us_;
  if (!late && !(drained_ && connections_.empty())) return;
  const auto done = std::exchange(stopped_, nullptr);
  abandon();
  done();
}

void Loop::abandon() {
  abandoned_ = true;
  listener_.reset();
  return_path_->close();
  for (const auto& [id, connection] : connections_) {
    shared_->left(connection->address());
    connection->abandon();
  }
  connections_.clear();
  unflushed_.clear();
  timer_.cancel();
  port_.close();
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
