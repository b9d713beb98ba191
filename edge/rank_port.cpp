#include "edge/rank_port.h"

#include <sys/random.h>

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <zmq.hpp>

#include "edge/run_directory_watch.h"
#include "wire/bytes.h"
#include "wire/cluster_file.h"
#include "wire/limits.h"

namespace trunkline::edge {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

constexpr milliseconds kRetryFirst{50}, kRetryLast{1000};
constexpr int kHandshakeMs = 5'000;
constexpr int kReconnectMs = 50, kReconnectMaxMs = 1'000;
constexpr int kGoodbyeMs = 200;                 // for what was sent when the edge ends
constexpr std::size_t kCopiedBytesMax = 4'096;  // below: cheaper to copy than to hand over
constexpr std::size_t kCurveKeyBytes = 40;      // Z85

struct Place {
  std::string endpoint;
  std::string server_key;  // empty: no CURVE
  bool operator==(const Place&) const = default;
};

wire::Incarnation random_incarnation() {
  wire::Incarnation incarnation = 0;
  if (getrandom(&incarnation, sizeof incarnation, 0) != sizeof incarnation) {
    throw std::runtime_error("the system gives no random numbers");
  }
  return incarnation;
}

Place place_in(const wire::ClusterFile& file, const EdgeConfig& config) {
  const auto found = std::find_if(file.ranks.begin(), file.ranks.end(),
                                  [&config](auto& entry) { return entry.rank == config.rank; });
  if (found == file.ranks.end()) {
    throw std::runtime_error("the cluster has no rank " + std::to_string(config.rank));
  }
  if (!config.over_tcp) return {found->endpoint, ""};
  if (found->tcp_endpoint.empty() || found->public_key.empty()) {
    throw std::runtime_error("rank " + std::to_string(config.rank) + " does not listen on tcp");
  }
  return {found->tcp_endpoint, found->public_key};
}

// Throws std::runtime_error while there is none.
Place place_of(const EdgeConfig& config) {
  if (!config.endpoint.empty()) return {config.endpoint, config.curve_server};
  return place_in(wire::read_cluster_file(config.run_directory), config);
}

void check(const EdgeConfig& config) {
  if (config.echo) return;  // it is never opened
  if (config.endpoint.empty() && config.run_directory.empty()) {
    throw std::runtime_error("an edge needs an endpoint or the run directory of a cluster");
  }
  if (!config.over_tcp && config.curve_server.empty()) return;
  if (config.curve_public.size() != kCurveKeyBytes ||
      config.curve_secret.size() != kCurveKeyBytes) {
    throw std::runtime_error(
        "over tcp an edge needs a CURVE key pair of its own (40 characters of Z85 each)");
  }
}

}  // namespace

struct RankPort::State : std::enable_shared_from_this<State> {
  State(asio::io_context& io_context, zmq::context_t& context, const EdgeConfig& given,
        RankPortEvents what)
      : io(io_context), zmq(context), config(given), events(std::move(what)), retry(io_context) {
    if (config.run_directory.empty() || config.fused) return;
    directory.emplace(io, config.run_directory, [this] { look_again(); });
  }

  asio::io_context& io;
  zmq::context_t& zmq;
  const EdgeConfig config;
  RankPortEvents events;
  asio::steady_timer retry;
  milliseconds patience = kRetryFirst;
  std::optional<RunDirectoryWatch> directory;
  bool wanted = false;  // from open() to close()
  Place place;          // where the socket goes, if there is one
  zmq::socket_t socket;
  std::unique_ptr<asio::posix::stream_descriptor> descriptor;
  std::uint64_t generation = 0;  // of the socket; a wait for an older one is of no interest

  void open();
  void connect();
  void look_again();
  void close_socket(int linger_ms);
  void watch();
};

void RankPort::State::open() {
  wanted = true;
  close_socket(0);
  retry.cancel();
  wire::Incarnation incarnation = 0;
  try {
    incarnation = random_incarnation();
    socket = zmq::socket_t(zmq, zmq::socket_type::dealer);
    socket.set(zmq::sockopt::routing_id, zmq::const_buffer(&incarnation, sizeof incarnation));
    place = place_of(config);
    connect();
  } catch (const std::exception& problem) {  // zmq::error_t, or no cluster file yet
    close_socket(0);
    events.waiting(problem.what());
    retry.expires_after(patience);
    patience = std::min(2 * patience, kRetryLast);
    retry.async_wait([weak = weak_from_this()](boost::system::error_code error) {
      const auto self = weak.lock();
      if (self != nullptr && !error) self->open();
    });
    return;
  }
  patience = kRetryFirst;
  if (!config.fused) watch();
  events.opened(incarnation);
}

void RankPort::State::connect() {
  // Bounds are the gateway's, in bytes (protocol section 9); ZeroMQ would count messages.
  socket.set(zmq::sockopt::sndhwm, 0);
  socket.set(zmq::sockopt::rcvhwm, 0);
  socket.set(zmq::sockopt::linger, 0);
  socket.set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(wire::kPortBatchBytesRoom));
  socket.set(zmq::sockopt::handshake_ivl, kHandshakeMs);
  socket.set(zmq::sockopt::reconnect_ivl, kReconnectMs);
  socket.set(zmq::sockopt::reconnect_ivl_max, kReconnectMaxMs);
  if (!place.server_key.empty()) {
    socket.set(zmq::sockopt::curve_serverkey, place.server_key);
    socket.set(zmq::sockopt::curve_publickey, config.curve_public);
    socket.set(zmq::sockopt::curve_secretkey, config.curve_secret);
  }
  socket.connect(place.endpoint);
  if (config.fused) return;  // it is told what there is
  descriptor = std::make_unique<asio::posix::stream_descriptor>(io, socket.get(zmq::sockopt::fd));
}

void RankPort::State::look_again() {
  if (!wanted) return;
  if (!socket) return open();
  try {
    if (place_of(config) != place) events.moved();
  } catch (const std::runtime_error&) {  // not one of ours; silence will tell
  }
}

void RankPort::State::close_socket(int linger_ms) {
  ++generation;
  if (descriptor != nullptr) descriptor->release();  // the descriptor is ZeroMQ's
  descriptor.reset();
  if (!socket) return;
  socket.set(zmq::sockopt::linger, linger_ms);
  socket.close();
}

void RankPort::State::watch() {
  descriptor->async_wait(
      asio::posix::stream_descriptor::wait_read,
      [weak = weak_from_this(), of = generation](boost::system::error_code error) {
        const auto self = weak.lock();
        if (self == nullptr || error || self->generation != of) return;
        self->watch();  // first: what comes while we drain wakes us again
        self->events.readable();
      });
}

RankPort::RankPort(asio::io_context& io, zmq::context_t& zmq, const EdgeConfig& config,
                   RankPortEvents events)
    : state_(std::make_shared<State>(io, zmq, config, std::move(events))) {
  check(config);
}

RankPort::~RankPort() {
  state_->close_socket(0);
}

void RankPort::open() {
  state_->open();
}

void RankPort::send(wire::Bytes batch) {
  if (!state_->socket) return;
  zmq::message_t message;
  if (batch.size() <= kCopiedBytesMax) {
    message.rebuild(batch.data(), batch.size());
  } else {
    auto* owner = new wire::Bytes(std::move(batch));
    message.rebuild(
        owner->data(), owner->size(),
        [](void*, void* bytes) { delete static_cast<wire::Bytes*>(bytes); }, owner);
  }
  try {
    // Never waits: there is no high-water mark. A socket that takes nothing is found silent.
    (void)state_->socket.send(message, zmq::send_flags::dontwait);
  } catch (const zmq::error_t&) {
    // The context is ending; silence says the rest.
  }
}

std::size_t RankPort::drain(std::size_t batches_max) {
  std::size_t taken = 0;
  try {
    zmq::message_t message;
    while (taken < batches_max && state_->socket) {
      if (!state_->socket.recv(message, zmq::recv_flags::dontwait)) break;
      ++taken;
      state_->events.batch(static_cast<char*>(message.data()), message.size());
    }
  } catch (const zmq::error_t&) {
    // As above.
  }
  return taken;
}

void RankPort::close() {
  state_->wanted = false;
  state_->retry.cancel();
  state_->close_socket(kGoodbyeMs);
}

}  // namespace trunkline::edge
