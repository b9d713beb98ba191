// What is said on one WebSocket: its sub-protocol, the login, then client frames to the gateway and
// back. Text and bytes end here; behind it everything is a frame.
//
// Threads: the event loop's. Ownership: its connection's.
#pragma once

#include <memory>
#include <optional>

#include "edge/http.h"
#include "edge/json_codec.h"
#include "edge/sasl.h"

namespace trunkline::edge {

class Connection;
class Loop;

class Conversation {
 public:
  Conversation(Loop& loop, Connection& connection, Protocol protocol);
  ~Conversation();

  // One message of the right kind (text or binary). The bytes are ours to change.
  void on_message(char* bytes, std::size_t size);
  // One message of the wrong kind.
  void on_wrong_kind();
  // A frame of the gateway's for this client.
  void deliver(wire::BytesView frame);
  void on_verifier(const wire::VerifierIs& verifier);
  // `error CODE text` unless the code is ok, then the close code that belongs to it. The gateway
  // has been told already, or said so itself.
  void end(wire::Code code, std::string_view text);
  // The same for reasons that are the rim's own: tells the gateway.
  void fail(wire::Code code, std::string_view text);
  // `move` where there are `urls`, then fail(): this edge is ending.
  void send_away(wire::Code code, wire::BytesView urls);

  // The socket is gone, or will take nothing more: tells the gateway.
  void lost();

  bool is_logged_in() const { return state_ == State::live; }
  // Waits for the client, who has not logged in.
  bool is_before_login() const;

 private:
  enum class State : std::uint8_t {
    stranger,    // waits for auth
    verifying,   // waits for the verifier
    challenged,  // waits for response
    checking,    // waits for a password worker
    attaching,   // waits for `welcome`
    live,
    ended,
  };
  struct Login;  // what only the time until `welcome` needs

  void on_text(std::string_view text);
  void on_frames(char* bytes, std::size_t size);
  void take(const wire::FrameView& frame, std::size_t size);
  void take_traced(char* bytes, const wire::FrameView& frame);
  void take_auth(const wire::FrameView& frame);
  void take_response(const wire::FrameView& frame);
  void step_scram(wire::BytesView in);
  void check_password();
  void on_verdict(bool right);
  void on_logged_in(wire::BytesView sasl_data);
  bool is_throttled(wire::BytesView user);
  void refuse_login();
  void close(std::uint16_t code, std::int64_t patience_us);
  void tell_gateway();
  void tell(wire::BytesView frame, std::size_t frame_bytes);
  void tell_traced(wire::BytesView frame, std::size_t frame_bytes, std::uint16_t flags);

  Loop& loop_;
  Connection& connection_;
  const Protocol protocol_;
  State state_ = State::stranger;
  bool known_to_gateway_ = false;
  std::unique_ptr<Login> login_;
  JsonPage page_;
};

}  // namespace trunkline::edge
