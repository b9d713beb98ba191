#include "lab/admin_client.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "wire/placement.h"
#include "wire/record.h"
#include "wire/saslprep.h"

namespace trunkline::lab {

namespace {

constexpr int kAnswerSeconds = 10;
constexpr std::size_t kSaltBytes = 16;
// An answer comes in as many frames as it needs; each is a frame of the cluster.
constexpr std::size_t kReadBytes = 64 * 1024;

// As a login will have it.
wire::Bytes prepared_name(std::string_view user) {
  const auto name = wire::saslprep(user);
  if (!name || !wire::is_name(*name)) {
    throw std::runtime_error(
        "a user's name is 1 to 64 bytes of UTF-8 without control characters (SASLprep, RFC 4013)");
  }
  return *name;
}

wire::Bytes prepared_password(std::string_view password) {
  const auto prepared = wire::saslprep(password);
  if (!prepared) {
    throw std::runtime_error(
        "a password is UTF-8 without control characters (SASLprep, RFC 4013), and not empty");
  }
  return *prepared;
}

std::runtime_error failure(const std::string& what) {
  return std::runtime_error(what + ": " + std::strerror(errno));
}

void set_timeouts(int socket) {
  const timeval limit{.tv_sec = kAnswerSeconds, .tv_usec = 0};
  setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

void send_all(int socket, wire::BytesView bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) throw failure("the rank takes no request on its admin socket");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void receive_some(int socket, wire::Bytes& into) {
  char buffer[kReadBytes];
  ssize_t got = 0;
  do {
    got = ::recv(socket, buffer, sizeof buffer, 0);
  } while (got < 0 && errno == EINTR);
  if (got < 0) throw failure("no answer on the admin socket");
  if (got == 0) {
    throw std::runtime_error(
        "the rank closed its admin socket: it has stopped, or another user started it");
  }
  into.append(buffer, static_cast<std::size_t>(got));
}

}  // namespace

AdminClient::AdminClient(const std::string& socket_path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_path.size() >= sizeof address.sun_path) {
    throw std::runtime_error("the path of the admin socket is too long for a UNIX socket: " +
                             socket_path + "; use a shorter run directory");
  }
  socket_path.copy(address.sun_path, sizeof address.sun_path - 1);
  socket_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket_ < 0) throw failure("no UNIX socket");
  set_timeouts(socket_);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const auto reason = failure("nobody listens at " + socket_path + " (is the cluster running?)");
    ::close(socket_);
    throw reason;
  }
}

AdminClient::~AdminClient() {
  if (socket_ >= 0) ::close(socket_);
}

AdminClient::AdminClient(AdminClient&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), received_(std::move(other.received_)) {}

AdminClient::Answer AdminClient::ask(wire::AdminVerb verb, wire::RankId target,
                                     std::string_view user, wire::BytesView argument) {
  wire::FrameHeader header;
  header.slot = wire::slot_of(user);
  send_all(socket_, wire::encoded(header, wire::Admin{verb, target, user, argument}));
  Answer answer;
  while (true) {
    const auto frame = wire::decode(received_);
    if (!frame && frame.error() == wire::DecodeError::too_short) {
      receive_some(socket_, received_);
      continue;
    }
    const auto part = frame ? wire::payload_of<wire::AdminIs>(*frame) : frame.error();
    if (!part) {
      throw std::runtime_error("the admin socket speaks another language: " +
                               std::string(wire::to_string(part.error())));
    }
    answer.done = part->done;
    answer.text += part->text;
    const bool last = part->last;
    received_.erase(0, frame->whole.size());
    if (last) return answer;
  }
}

AdminClient::Answer AdminClient::add_user(std::string_view user, std::string_view password,
                                          std::uint32_t iterations) {
  const wire::Bytes name = prepared_name(user);
  return ask(wire::AdminVerb::user_add, wire::kNoRank, name,
             make_account(name, prepared_password(password), iterations));
}
AdminClient::Answer AdminClient::set_password(std::string_view user, std::string_view password,
                                              std::uint32_t iterations) {
  const wire::Bytes name = prepared_name(user);
  return ask(wire::AdminVerb::user_password, wire::kNoRank, name,
             make_account(name, prepared_password(password), iterations));
}
AdminClient::Answer AdminClient::disable(std::string_view user) {
  return ask(wire::AdminVerb::user_disable, wire::kNoRank, prepared_name(user));
}
AdminClient::Answer AdminClient::enable(std::string_view user) {
  return ask(wire::AdminVerb::user_enable, wire::kNoRank, prepared_name(user));
}
AdminClient::Answer AdminClient::list(wire::RankId rank) {
  return ask(wire::AdminVerb::user_list, rank);
}
AdminClient::Answer AdminClient::sessions(wire::RankId rank) {
  return ask(wire::AdminVerb::sessions, rank);
}
AdminClient::Answer AdminClient::queues(wire::RankId rank) {
  return ask(wire::AdminVerb::queues, rank);
}
AdminClient::Answer AdminClient::status(wire::RankId rank) {
  return ask(wire::AdminVerb::status, rank);
}
AdminClient::Answer AdminClient::metrics(wire::RankId rank) {
  return ask(wire::AdminVerb::metrics, rank);
}
AdminClient::Answer AdminClient::ping(std::string_view user) {
  return ask(wire::AdminVerb::ping, wire::kNoRank, prepared_name(user));
}
AdminClient::Answer AdminClient::stop(wire::RankId rank) {
  return ask(wire::AdminVerb::stop, rank);
}

AdminClient connect_admin(const wire::ClusterFile& cluster) {
  std::string reasons = "the cluster file names no rank";
  for (const wire::RankEntry& rank : cluster.ranks) {
    try {
      return AdminClient(rank.admin_socket);
    } catch (const std::runtime_error& reason) {
      reasons = reason.what();
    }
  }
  throw std::runtime_error(reasons);
}

namespace {

wire::Bytes hmac_sha256(wire::BytesView key, wire::BytesView data) {
  wire::Bytes result(SHA256_DIGEST_LENGTH, '\0');
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(data.data()), data.size(),
       reinterpret_cast<unsigned char*>(result.data()), nullptr);
  return result;
}

}  // namespace

// RFC 5802 section 3: what a server keeps tells nobody the password.
wire::Bytes make_account(std::string_view user, std::string_view password,
                         std::uint32_t iterations) {
  wire::Bytes salt(kSaltBytes, '\0'), salted(SHA256_DIGEST_LENGTH, '\0'),
      stored(SHA256_DIGEST_LENGTH, '\0');
  RAND_bytes(reinterpret_cast<unsigned char*>(salt.data()), static_cast<int>(salt.size()));
  PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()),
                    reinterpret_cast<const unsigned char*>(salt.data()),
                    static_cast<int>(salt.size()), static_cast<int>(iterations), EVP_sha256(),
                    static_cast<int>(salted.size()),
                    reinterpret_cast<unsigned char*>(salted.data()));
  const wire::Bytes client_key = hmac_sha256(salted, "Client Key");
  SHA256(reinterpret_cast<const unsigned char*>(client_key.data()), client_key.size(),
         reinterpret_cast<unsigned char*>(stored.data()));
  const wire::Bytes server_key = hmac_sha256(salted, "Server Key");
  return wire::encoded_account({.user = user,
                                .salt = salt,
                                .stored_key = stored,
                                .server_key = server_key,
                                .iterations = iterations,
                                .mailbox = {}});
}

}  // namespace trunkline::lab
