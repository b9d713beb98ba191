// `trunkline.v1.json`, the client's side: client frames to text and text to client frames. Pure,
// and independent of the edge's codec, so that the two test each other.
#pragma once

#include <string>

#include "wire/codec.h"

namespace trunkline::lab {

// A history page is one frame here, larger than any that crosses the cluster.
inline constexpr std::size_t kPageFrameBytesMax = 1024 * 1024;

// The text of a frame that clients send: auth, response, send, direct, client_received,
// client_history, ping, bye. A body that is not UTF-8 goes as `bytes`. REQUIRES: one of these.
std::string json_of(const wire::FrameView& frame);

// The frame of a text that servers send; `problem` says why it is none.
struct FrameOfJson {
  wire::Bytes frame;    // decode it with kPageFrameBytesMax
  std::string problem;  // empty: all is well
};
FrameOfJson frame_of_json(std::string_view text);

bool is_utf8(wire::BytesView bytes);

}  // namespace trunkline::lab
