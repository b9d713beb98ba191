#include "backbone/edge_port.h"

#include <sys/stat.h>
#include <unistd.h>

#include <stdexcept>

#include "wire/limits.h"

namespace trunkline::backbone {
namespace {

// The first byte of a peer's name says which socket it belongs to.
constexpr char kLocal = 'l';
constexpr char kRemote = 'r';
constexpr char kFused = 'f';

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kKeyTextBytes = 40;          // Z85, without its terminating zero
constexpr std::chrono::milliseconds kClosing{10};  // a thread of ZeroMQ that was not scheduled
constexpr int kLingerAtCloseMs = 1'000;
constexpr int kHandshakeMs = 5'000;  // then a stranger who does not prove a key is cut

zmq::socket_t make_router(zmq::context_t& context) {
  zmq::socket_t socket(context, zmq::socket_type::router);
  socket.set(zmq::sockopt::router_mandatory, true);
  // ZeroMQ would count messages, where our windows count bytes: it is given no say.
  socket.set(zmq::sockopt::sndhwm, 0);
  socket.set(zmq::sockopt::rcvhwm, 0);
  socket.set(zmq::sockopt::linger, 0);
  socket.set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(wire::kPortBatchBytesRoom));
  return socket;
}

std::string raw_key(wire::BytesView text) {
  std::string raw(kKeyBytes, '\0');
  const std::string terminated(text);
  if (text.size() != kKeyTextBytes ||
      zmq_z85_decode(reinterpret_cast<std::uint8_t*>(raw.data()), terminated.c_str()) == nullptr) {
    return {};
  }
  return raw;
}

int descriptor_of(zmq::socket_t& socket) {
  return socket ? socket.get(zmq::sockopt::fd) : -1;
}

}  // namespace

EdgePort::EdgePort(zmq::context_t& context, EdgePortConfig config)
    : config_(std::move(config)), local_(make_router(context)), fused_(make_router(context)) {
  if (config_.tcp.empty()) return;
  if (zmq_has("curve") == 0) {
    throw std::runtime_error("this libzmq was built without CURVE: --tcp is not possible");
  }
  char public_text[kKeyTextBytes + 1], secret_text[kKeyTextBytes + 1];
  if (zmq_curve_keypair(public_text, secret_text) != 0) {
    throw std::runtime_error("cannot make a CURVE key pair");
  }
  public_key_ = public_text;
  secret_key_ = secret_text;
  for (const std::string& key : config_.allowed_keys) {
    if (!allow(key)) throw std::runtime_error("not a public key in Z85 (40 characters): " + key);
  }
  // The judge before the door: without him every key would pass.
  admission_ = zmq::socket_t(context, zmq::socket_type::rep);
  admission_.set(zmq::sockopt::linger, 0);
  admission_.bind("inproc://zeromq.zap.01");
  remote_ = make_router(context);
  remote_.set(zmq::sockopt::zap_domain, std::string("ports"));
  remote_.set(zmq::sockopt::curve_server, true);
  remote_.set(zmq::sockopt::curve_secretkey, secret_key_);
  remote_.set(zmq::sockopt::handshake_ivl, kHandshakeMs);
  // A gateway host that vanishes is known by its silence; the socket's memory goes with this.
  remote_.set(zmq::sockopt::heartbeat_ivl, 1'000);
  remote_.set(zmq::sockopt::heartbeat_timeout, 5'000);
}

EdgePort::~EdgePort() {
  local_.set(zmq::sockopt::linger, kLingerAtCloseMs);
  local_.close();
  if (remote_) {
    remote_.set(zmq::sockopt::linger, kLingerAtCloseMs);
    remote_.close();
  }
  ::unlink(config_.ipc_path.c_str());
}

void EdgePort::bind() {
  ::unlink(config_.ipc_path.c_str());
  const mode_t before = ::umask(077);
  std::string at = endpoint();
  try {
    local_.bind(at);
    at = kPortsInproc;
    local_.bind(at);
    at = kPortsFused;
    fused_.bind(at);
    at = config_.tcp;
    if (remote_) remote_.bind(at);
  } catch (const zmq::error_t& error) {
    ::umask(before);
    throw std::runtime_error("cannot bind " + at + ": " + error.what());
  }
  ::umask(before);
}

std::string EdgePort::endpoint() const {
  return "ipc://" + config_.ipc_path;
}
std::string EdgePort::tcp_endpoint() const {
  return remote_ ? remote_.get(zmq::sockopt::last_endpoint) : std::string();
}
std::string EdgePort::public_key() const {
  return public_key_;
}

bool EdgePort::receive(Received& out) {
  if (expected_ > 0 && receive_expected(out)) return true;
  if (!remote_) return receive_from(local_, look_local_, kLocal, out);
  // In turns, so that neither kind of edge starves the other.
  remote_next_ = !remote_next_;
  if (remote_next_) {
    return receive_from(remote_, look_remote_, kRemote, out) ||
           receive_from(local_, look_local_, kLocal, out);
  }
  return receive_from(local_, look_local_, kLocal, out) ||
         receive_from(remote_, look_remote_, kRemote, out);
}

bool EdgePort::receive_expected(Received& out) {
  bool look = true;
  if (!receive_from(fused_, look, kFused, out)) {
    // Either the edge has closed its socket, batches and all; or ZeroMQ's thread that closes an
    // earlier one has told this socket so and not yet signalled it, and one signal is for all that
    // was told since.
    zmq::pollitem_t signal{fused_.handle(), 0, ZMQ_POLLIN, 0};
    zmq::poll(&signal, 1, kClosing);
    look = true;
    if (!receive_from(fused_, look, kFused, out)) {
      expected_ = 0;
      return false;
    }
  }
  --expected_;
  return true;
}

bool EdgePort::receive_from(zmq::socket_t& socket, bool& look, char which, Received& out) {
  if (!look) return false;
  while (socket.recv(routing_id_, zmq::recv_flags::dontwait)) {
    if (!routing_id_.more() || !socket.recv(batch_, zmq::recv_flags::dontwait)) {
      ++counters_.malformed;
      continue;
    }
    if (batch_.more() || batch_.size() > wire::kPortBatchBytesRoom) {
      ++counters_.malformed;
      while (batch_.more() && socket.recv(batch_, zmq::recv_flags::dontwait)) {
      }
      continue;
    }
    peer_.assign(1, which);
    peer_.append(routing_id_.to_string_view());
    out = {peer_, batch_.data<char>(), batch_.size()};
    ++counters_.batches_in;
    return true;
  }
  look = false;
  return false;
}

zmq::socket_t& EdgePort::socket_of(wire::BytesView peer) {
  if (peer.front() == kFused) return fused_;
  const bool remote = peer.front() == kRemote;
  (remote ? look_remote_ : look_local_) = true;  // the call may swallow an edge
  return remote ? remote_ : local_;
}

bool EdgePort::send(wire::BytesView peer, const wire::Bytes& batch) {
  zmq::socket_t& socket = socket_of(peer);
  try {
    const wire::BytesView routing_id = peer.substr(1);
    if (socket.send(zmq::buffer(routing_id),
                    zmq::send_flags::sndmore | zmq::send_flags::dontwait) &&
        socket.send(zmq::buffer(batch), zmq::send_flags::dontwait)) {
      ++counters_.batches_out;
      if (peer.front() == kFused) ++sent_to_fused_;
      return true;
    }
  } catch (const zmq::error_t&) {
    // EHOSTUNREACH, or anything else: a port either takes a batch or is broken (rule 6).
  }
  ++counters_.unreachable;
  return false;
}

bool EdgePort::allow(wire::BytesView key) {
  const std::string raw = raw_key(key);
  if (raw.empty()) return false;
  allowed_.insert(raw);
  return true;
}

void EdgePort::admit() {
  // A request: version, request id, domain, address, identity, mechanism, credentials.
  // The answer: version, request id, status, status text, user, metadata.
  zmq::message_t part;
  while (admission_ && admission_.recv(part, zmq::recv_flags::dontwait)) {
    std::vector<std::string> request{part.to_string()};
    while (part.more() && admission_.recv(part, zmq::recv_flags::dontwait)) {
      request.push_back(part.to_string());
    }
    const bool known =
        request.size() >= 7 && request[5] == "CURVE" && allowed_.contains(request[6]);
    ++(known ? counters_.keys_allowed : counters_.keys_refused);
    const std::string id = request.size() >= 2 ? request[1] : std::string();
    for (const std::string& field : {std::string("1.0"), id, std::string(known ? "200" : "400"),
                                     std::string(known ? "OK" : "unknown key"), std::string()}) {
      admission_.send(zmq::buffer(field), zmq::send_flags::sndmore);
    }
    admission_.send(zmq::message_t(), zmq::send_flags::none);
  }
}

int EdgePort::descriptor() {
  return descriptor_of(local_);
}
int EdgePort::tcp_descriptor() {
  return descriptor_of(remote_);
}
int EdgePort::admission_descriptor() {
  return descriptor_of(admission_);
}

}  // namespace trunkline::backbone
