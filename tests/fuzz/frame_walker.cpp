// The headers of WebSocket frames on their way to Beast. Held against a reader that sees all bytes
// at once: opcodes of text become binary and nothing else changes, parts are counted, and how the
// bytes are cut makes no difference.
#include "edge/frame_walker.h"

#include <algorithm>
#include <optional>

#include "tests/fuzz/target.h"

namespace trunkline::fuzz {
namespace {

struct Walked {
  Bytes bytes;
  bool fits = true;  // no message had too many parts
  std::uint64_t wrong_kind = 0;
};

Walked walked(BytesView bytes, bool wants_text, std::size_t parts_max, std::size_t piece) {
  edge::FrameWalker walker;
  walker.begin(wants_text, parts_max);
  Walked result;
  result.bytes = bytes;
  for (std::size_t at = 0; at < bytes.size() && result.fits; at += piece) {
    result.fits = walker.walk(result.bytes.data() + at, std::min(piece, bytes.size() - at));
  }
  result.wrong_kind = walker.first_of_wrong_kind();
  return result;
}

unsigned byte_at(BytesView bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

// RFC 6455 section 5.2, told once more.
Walked expected(BytesView bytes, bool wants_text, std::size_t parts_max) {
  Walked result;
  result.bytes = bytes;
  std::uint64_t messages = 0;
  std::size_t parts = 0;
  for (std::size_t at = 0; at < bytes.size();) {
    const unsigned opcode = byte_at(bytes, at) % 16;
    if (opcode >= 1 && opcode <= 7) {
      ++messages;
      parts = 0;
      if (result.wrong_kind == 0 && opcode != (wants_text ? 1 : 2)) result.wrong_kind = messages;
      if (opcode == 1) result.bytes[at] = static_cast<char>(byte_at(bytes, at) + 1);
    }
    if (opcode < 8 && ++parts > parts_max) {
      result.fits = false;
      return result;
    }
    if (bytes.size() - at < 2) break;
    const unsigned masked = byte_at(bytes, at + 1) / 128, length = byte_at(bytes, at + 1) % 128;
    const std::size_t size_bytes = length == 127 ? 8 : length == 126 ? 2 : 0;
    const std::size_t header = 2 + size_bytes + 4 * masked;
    if (bytes.size() - at < header) break;
    std::uint64_t size = size_bytes == 0 ? length : 0;
    for (std::size_t i = 0; i < size_bytes; ++i) size = size * 256 + byte_at(bytes, at + 2 + i);
    if (size > bytes.size() - at - header) break;
    at += header + static_cast<std::size_t>(size);
  }
  return result;
}

}  // namespace

void try_input(BytesView input) {
  const unsigned how = take_byte(input);
  const bool wants_text = how % 2 != 0;
  const std::size_t parts_max = how / 2 % 8 + 1, piece = how / 16 + 1;
  const Walked wanted = expected(input, wants_text, parts_max);
  const Walked whole = walked(input, wants_text, parts_max, input.size() + 1);
  const Walked pieces = walked(input, wants_text, parts_max, piece);
  for (const Walked& one : {whole, pieces}) {
    TRUNKLINE_CHECK(one.fits == wanted.fits, "parts are counted");
    TRUNKLINE_CHECK(one.bytes == wanted.bytes, "text becomes binary, and nothing else changes");
    TRUNKLINE_CHECK(one.wrong_kind == wanted.wrong_kind, "the wrong kind is seen");
  }
}

}  // namespace trunkline::fuzz
