// One WebSocket connection of a client: TCP or TLS, the upgrade, then messages both ways. It knows
// nothing of Trunkline but the path; client.h adds frames and the login.
//
// Threads: everything runs on the io_context that was given, which one thread runs.
// Ownership: handlers are called until on_closed or the destructor, whichever comes first, never
// from inside send() or the constructor. A handler may destroy the connection.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "lab/websocket.h"

namespace boost::asio {
class io_context;
}

namespace trunkline::lab {

struct ConnectionConfig {
  std::string url = {};             // lab/url.h; the path is /ws where the URL has none
  std::string sub_protocol = {};    // empty: none is offered
  std::string origin = {};          // empty: no such header, as from anything but a browser
  bool verify_certificate = false;  // against the system's authorities; off for self-signed ones
  bool answer_pings = true;
};

// Why a connection ended.
struct Closed {
  std::uint16_t code = 0;    // of the server's close frame; 1006: it broke; 0: it never was open
  std::string reason = {};   // the server's words, or what went wrong
  unsigned http_status = 0;  // of an upgrade that was refused; else 0
  std::string http_body = {};
};

class Connection {
 public:
  struct Handlers {
    std::function<void()> on_open = {};
    std::function<void(Opcode, wire::BytesView)> on_message = {};  // whole ones: text or binary
    std::function<void(const Closed&)> on_closed = {};             // once, and last
  };

  // Throws std::runtime_error if the URL is none.
  Connection(boost::asio::io_context& io, ConnectionConfig config, Handlers handlers);
  ~Connection();  // cuts the connection without a word, as the death of a process would
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void open();

  // Messages are gathered and written together when the running handler returns, at flush(), or
  // when 64 KiB have gathered. There is no bound but unsent_bytes(), which the caller watches.
  // REQUIRES: on_open was called. After on_closed nothing happens.
  void send(Opcode opcode, wire::BytesView payload, bool last = true);
  // Adds `payload` to one binary message that holds all that was added until it leaves, or until
  // 32 KiB are in it: one message for each frame costs both ends several times the CPU.
  void gather(wire::BytesView payload);
  // Writes now what has gathered, unless a write is under way.
  void flush();
  std::size_t unsent_bytes() const;

  // Stops or goes on taking bytes from the socket (tests of slow readers).
  void read(bool on);
  // Sends a close frame; on_closed tells the server's answer.
  void close(std::uint16_t code = 1000, std::string_view reason = {});

  // tls-exporter bytes (RFC 9266) of an open TLS connection; empty on a plain one.
  wire::Bytes channel_binding() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace trunkline::lab
