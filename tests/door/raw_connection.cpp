#include "tests/door/raw_connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace trunkline::tests {
namespace {

constexpr timeval kPatience{10, 0};

}  // namespace

RawConnection::RawConnection(std::uint16_t port, bool tls) {
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const int error = errno;
    ::close(socket_);
    throw std::system_error(error, std::generic_category(), "nobody listens there");
  }
  if (!tls) return;
  context_.reset(SSL_CTX_new(TLS_client_method()));
  tls_.reset(SSL_new(context_.get()));
  SSL_set_fd(tls_.get(), socket_);
  if (SSL_connect(tls_.get()) != 1) {
    ::close(socket_);
    throw std::runtime_error("no TLS there");
  }
}

RawConnection::~RawConnection() {
  tls_.reset();
  ::close(socket_);
}

bool RawConnection::write(std::string_view bytes, std::size_t piece) {
  if (piece == 0) piece = std::max<std::size_t>(bytes.size(), 1);
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    if (!write_piece(bytes.substr(0, piece))) return false;
  }
  return true;
}

bool RawConnection::write_piece(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = tls_ != nullptr
                             ? SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()))
                             : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

void RawConnection::end_writing() {
  if (tls_ != nullptr) SSL_shutdown(tls_.get());
  ::shutdown(socket_, SHUT_WR);
}

std::string RawConnection::certificate() const {
  if (tls_ == nullptr) return {};
  const std::unique_ptr<X509, void (*)(X509*)> peer(SSL_get1_peer_certificate(tls_.get()),
                                                    X509_free);
  std::string der(static_cast<std::size_t>(i2d_X509(peer.get(), nullptr)), '\0');
  auto* at = reinterpret_cast<unsigned char*>(der.data());
  i2d_X509(peer.get(), &at);
  return der;
}

RawConnection::Heard RawConnection::read(std::string& in) {
  char bytes[64 * 1024];
  errno = 0;
  const auto size = tls_ != nullptr ? SSL_read(tls_.get(), bytes, sizeof bytes)
                                    : ::recv(socket_, bytes, sizeof bytes, 0);
  if (size > 0) {
    in.append(bytes, static_cast<std::size_t>(size));
    return Heard::bytes;
  }
  if (errno == EAGAIN || errno == EWOULDBLOCK) return Heard::silence;
  return errno == ECONNRESET ? Heard::reset : Heard::end;
}

std::string HttpAnswer::header(std::string_view name) const {
  for (std::size_t at = head.find("\r\n"); at != std::string::npos; at = head.find("\r\n", at)) {
    at += 2;
    if (head.size() - at < name.size() + 2 || head[at + name.size()] != ':') continue;
    if (::strncasecmp(head.data() + at, name.data(), name.size()) != 0) continue;
    const std::size_t begin = head.find_first_not_of(' ', at + name.size() + 1);
    return head.substr(begin, head.find("\r\n", begin) - begin);
  }
  return {};
}

HttpAnswer read_http_answer(RawConnection& connection) {
  constexpr std::string_view kEnd = "\r\n\r\n";
  HttpAnswer answer;
  std::string in;
  std::size_t end = std::string::npos;
  while ((end = in.find(kEnd)) == std::string::npos) {
    if (connection.read(in) != RawConnection::Heard::bytes) return answer;
  }
  answer.head = in.substr(0, end + kEnd.size());
  answer.rest = in.substr(end + kEnd.size());
  constexpr std::string_view kVersion = "HTTP/1.1 ";
  if (answer.head.starts_with(kVersion)) {
    answer.status = static_cast<unsigned>(std::stoul(answer.head.substr(kVersion.size(), 3)));
  }
  return answer;
}

HttpAnswer ask_http(std::uint16_t port, bool tls, std::string_view request) {
  RawConnection connection(port, tls);
  connection.write(request);
  HttpAnswer answer = read_http_answer(connection);
  if (answer.status == 101) return answer;
  while (connection.read(answer.rest) == RawConnection::Heard::bytes) {
  }
  return answer;
}

std::string upgrade_request(std::string_view more) {
  return "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
         std::string(more) + "\r\n";
}

}  // namespace trunkline::tests
