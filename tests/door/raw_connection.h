// A TCP or TLS connection to a door on loopback, byte by byte: what no client library would send.
//
// Threads: one. Everything blocks, reading for 10 s at most. What the other side does is a result,
// never an exception; std::runtime_error says that there is no connection at all.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <string_view>

namespace trunkline::tests {

class RawConnection {
 public:
  RawConnection(std::uint16_t port, bool tls);
  ~RawConnection();
  RawConnection(const RawConnection&) = delete;

  // In pieces of so many bytes, each a write of its own; 0: in one. False: the other side takes no
  // more, which a door that has closed may do.
  bool write(std::string_view bytes, std::size_t piece = 0);
  // Says that nothing more will be written.
  void end_writing();

  // Under TLS: the other side's certificate (DER); else empty.
  std::string certificate() const;

  enum class Heard { bytes, end, reset, silence };
  // Appends what has come.
  Heard read(std::string& in);

 private:
  bool write_piece(std::string_view bytes);

  int socket_ = -1;
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_{nullptr, SSL_CTX_free};
  std::unique_ptr<SSL, void (*)(SSL*)> tls_{nullptr, SSL_free};
};

// An HTTP answer. `status` 0: the connection ended without one.
struct HttpAnswer {
  unsigned status = 0;
  std::string head;  // all lines, with the empty one
  std::string rest;  // what came behind it
  // The value of a header, by its name in any case; empty: there is none.
  std::string header(std::string_view name) const;
};
// Reads one answer's head, and what came along with it.
HttpAnswer read_http_answer(RawConnection& connection);
// Sends `request` and reads until the other side ends.
HttpAnswer ask_http(std::uint16_t port, bool tls, std::string_view request);

// The request that begins a WebSocket. `more`: header lines, each with its line end.
std::string upgrade_request(std::string_view more = {});
inline constexpr std::string_view kJsonProtocol = "Sec-WebSocket-Protocol: trunkline.v1.json\r\n";
inline constexpr std::string_view kBinProtocol = "Sec-WebSocket-Protocol: trunkline.v1.bin\r\n";

}  // namespace trunkline::tests
