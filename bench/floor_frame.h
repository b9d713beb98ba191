// The floor's frame: u32 length of the whole, u32 number of the connection that it goes to (at the
// other edge), payload. Connection N is the one that was opened with the path /N.
#pragma once

#include <cstdint>
#include <string_view>

#include "wire/bytes.h"

namespace trunkline::bench {

inline constexpr std::size_t kFloorHeaderBytes = 8;

// REQUIRES: `frames` begins with a whole frame.
inline std::uint32_t floor_frame_length(std::string_view frames) {
  return wire::load_le<std::uint32_t>(frames.data());
}
inline std::uint32_t floor_frame_target(std::string_view frames) {
  return wire::load_le<std::uint32_t>(frames.data() + 4);
}
inline void append_floor_frame(std::string& out, std::uint32_t target, std::string_view payload) {
  wire::Writer writer(out);
  writer.number(static_cast<std::uint32_t>(kFloorHeaderBytes + payload.size()));
  writer.number(target);
  writer.raw(payload);
}

}  // namespace trunkline::bench
