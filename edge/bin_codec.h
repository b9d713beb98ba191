// The sub-protocol `trunkline.v1.bin`: a message is one client frame as it is, or several, one
// behind the other. Pure.
#pragma once

#include "wire/codec.h"

namespace trunkline::edge {

struct ClientFrame {
  wire::FrameView view;      // into the message
  std::string_view refusal;  // not empty: why it is not one, for people; lives for ever
};

// Takes the first frame off `message`. It is of a kind that clients send, and its payload and names
// are in order, as the JSON reader has it too. REQUIRES: not empty.
ClientFrame next_client_frame(wire::BytesView& message);

}  // namespace trunkline::edge
