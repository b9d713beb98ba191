// WebSocket frames (RFC 6455 section 5) as a client writes and reads them. Pure. The edge uses
// another implementation, so the two test each other; and a client of our own can put many
// messages into one write.
#pragma once

#include <cstdint>

#include "wire/ids.h"

namespace trunkline::lab {

enum class Opcode : std::uint8_t {
  continuation = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10
};

// Appends one masked frame. `last`: false for all but the last part of a fragmented message.
void append_client_frame(wire::Bytes& out, Opcode opcode, wire::BytesView payload,
                         std::uint32_t mask, bool last = true);

struct ServerFrame {
  Opcode opcode = Opcode::continuation;
  bool last = true;
  wire::BytesView payload;  // points into the bytes that were read
};

enum class Taking : std::uint8_t {
  taken,       // `frame` is set, and `bytes` begins behind it
  incomplete,  // read more
  broken,      // not what a server may send: masked, reserved bits, an unknown opcode, a control
               // frame that is long or in parts
};
// Takes the first frame off `bytes`.
Taking take_server_frame(wire::BytesView& bytes, ServerFrame& frame);

// The payload of a close frame: code and reason; 1005 where it is empty (RFC 6455 section 7.1.5).
wire::Bytes close_payload(std::uint16_t code, std::string_view reason);
std::uint16_t close_code(wire::BytesView payload);

}  // namespace trunkline::lab
