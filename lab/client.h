// A client of the cluster: one WebSocket to one edge, either sub-protocol, the login, then client
// frames both ways. What you send and get is wire frames in both protocols; `.json` is transcoded
// (client_json.h). Load generators, tests, `trunkline ping` and the demonstration use it.
//
//   asio::io_context io;
//   Client alice(io, {.url = "ws://127.0.0.1:8080", .user = "alice", .password = "alice"},
//                {.on_frame = [&](const wire::FrameView& frame) {
//                  if (frame.header.kind == wire::Kind::welcome) alice.send(message_frame("1",
//                  "bob", "hi"));
//                }});
//   alice.open();
//   io.run();
//
// Threads: everything runs on the io_context that was given, which one thread runs.
// Ownership: views in callbacks live for the call. A callback (but on_message) may destroy the
// client; the destructor cuts the connection without a word.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "lab/connection.h"
#include "lab/sasl_login.h"
#include "wire/codec.h"

namespace trunkline::lab {

enum class Protocol : std::uint8_t { bin, json };

struct ClientConfig {
  std::string url = {};  // ws://, wss://, http:// or https://
  Protocol protocol = Protocol::bin;
  std::string user = {}, password = {};
  std::string device = "lab";
  Mechanism mechanism = Mechanism::scram;
  wire::Mseq cursor = wire::kNoMseq;  // kNoMseq: the one that the server knows
  std::string mailbox = {};           // the last one known; empty: none
  bool log_in = true;  // false: only open the socket; on_open is called, and the rest is yours
  std::string origin = {};
  bool verify_certificate = false;  // off: self-signed certificates are taken
  bool answer_pings = true;
};

struct ClientHandlers {
  std::function<void()> on_open = {};  // upgraded; the login is about to begin
  // Every frame of the server: challenge, welcome, deliver, direct, client_stored, client_refused,
  // page, trimmed, pong, move, error. After `welcome` the session serves. A welcome whose server
  // signature is wrong is not passed on: the connection is closed (1002, "impostor").
  std::function<void(const wire::FrameView&)> on_frame = {};
  std::function<void(const Closed&)> on_closed = {};  // once, and last
  // Every WebSocket message as it came, before on_frame; for tests of the protocol itself.
  std::function<void(Opcode, wire::BytesView)> on_message = {};
};

class Client {
 public:
  // Throws std::runtime_error if the URL is none.
  Client(boost::asio::io_context& io, ClientConfig config, ClientHandlers handlers);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void open();
  // One frame of a kind that clients send. Frames sent in one callback leave in one write, with
  // `.bin` in one message (see Connection::gather); flush() lets them leave now.
  void send(wire::BytesView frame);
  // Anything, as one WebSocket message (or a part of one), unchecked.
  void send_raw(Opcode opcode, wire::BytesView payload, bool last = true);
  void flush();
  std::size_t unsent_bytes() const;
  void read(bool on);
  void close(std::uint16_t code = 1000);
  wire::Bytes channel_binding() const;

  const ClientConfig& config() const;
  bool welcomed() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// Frames of the commonest kinds; others: encoded_frame(wire::Ping{id}) and so on.
template <class Payload>
wire::Bytes encoded_frame(const Payload& payload, wire::BytesView stamps = {}) {
  return wire::encoded(wire::FrameHeader(), payload, stamps);
}
wire::Bytes message_frame(wire::BytesView id, wire::BytesView to, wire::BytesView body,
                          wire::MessageClass message_class = wire::MessageClass::stored,
                          wire::BytesView stamps = {});

}  // namespace trunkline::lab
