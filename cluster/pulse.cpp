#include "cluster/pulse.h"

#include <netdb.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "lab/url.h"
#include "wire/codec.h"

namespace trunkline::cluster {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto kLookAgain = 50ms;  // while there is no answer: nobody wakes us for it

int connected(int family, const sockaddr* address, socklen_t size) {
  const int socket = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket < 0) return -1;
  if (::connect(socket, address, size) == 0 || errno == EINPROGRESS) return socket;
  ::close(socket);
  return -1;
}

int connected_to_path(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return connected(AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

// Edges listen on addresses: no name is looked up.
int connected_to_address(const std::string& host, const std::string& port) {
  addrinfo hints{}, *found = nullptr;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  if (::getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0) return -1;
  const int socket = connected(found->ai_family, found->ai_addr, found->ai_addrlen);
  ::freeaddrinfo(found);
  return socket;
}

}  // namespace

PulseConfig rank_pulse(const std::string& admin_socket) {
  PulseConfig config;
  config.connect = [admin_socket] { return connected_to_path(admin_socket); };
  config.question =
      wire::encoded(wire::FrameHeader{}, wire::Admin{wire::AdminVerb::status, 0, {}, {}});
  config.ask_every = 1s;
  config.silence_max = 6s;
  return config;
}

PulseConfig edge_pulse(const std::string& url) {
  const lab::Url at = lab::parse_url(url);
  PulseConfig config;
  config.connect = [at] {
    return at.socket_path.empty() ? connected_to_address(at.host, at.port)
                                  : connected_to_path(at.socket_path);
  };
  config.question = "GET /healthz HTTP/1.1\r\nHost: " + at.authority() + "\r\n\r\n";
  config.tls = at.tls;
  config.one_question = true;
  config.ask_every = 2s;
  config.silence_max = 10s;
  return config;
}

Pulse::Pulse(PulseConfig config) : config_(std::move(config)) {
  if (config_.tls) tls_.reset(SSL_CTX_new(TLS_client_method()));
  ask();
}

bool Pulse::beats() {
  const auto now = looked_at_ = steady_clock::now();
  // Heard first: we ourselves may have been stopped for long, and the answer be there.
  if (hear()) waiting_ = false;
  if (waiting_) return now - asked_at_ < config_.silence_max;
  if (now - asked_at_ >= config_.ask_every) ask();
  return true;
}

steady_clock::time_point Pulse::next() const {
  if (!waiting_) return asked_at_ + config_.ask_every;
  const bool fresh = looked_at_ - asked_at_ < config_.ask_every;
  return std::min<steady_clock::time_point>(looked_at_ + (fresh ? kLookAgain : config_.ask_every),
                                            asked_at_ + config_.silence_max);
}

std::string Pulse::silence() const {
  return "answered nothing for " + std::to_string(config_.silence_max.count() / 1000) + " s";
}

// Any byte will do, and an end too. What could not be said yet is said.
bool Pulse::hear() {
  if (!connection_) return false;
  ERR_clear_error();
  if (!unsaid_.empty()) {
    const int said = BIO_write(connection_.get(), unsaid_.data(), static_cast<int>(unsaid_.size()));
    if (said > 0) unsaid_.remove_prefix(static_cast<std::size_t>(said));
  }
  char bytes[4096];
  bool heard = false;
  while (BIO_read(connection_.get(), bytes, sizeof bytes) > 0) heard = true;
  const bool ended = BIO_should_retry(connection_.get()) == 0;
  if (ended || (heard && config_.one_question)) connection_.reset();
  return heard || ended;
}

void Pulse::ask() {
  asked_at_ = looked_at_ = steady_clock::now();
  if (!connection_) connect();
  waiting_ = connection_ != nullptr;
  if (!waiting_) return;
  unsaid_ = config_.question;
  if (hear()) waiting_ = false;
}

void Pulse::connect() {
  const int socket = config_.connect();
  if (socket < 0) return;
  connection_.reset(BIO_new_socket(socket, BIO_CLOSE));
  if (config_.tls) {
    connection_.reset(BIO_push(BIO_new_ssl(tls_.get(), 1), connection_.release()));
  }
}

}  // namespace trunkline::cluster
