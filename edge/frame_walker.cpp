#include "edge/frame_walker.h"

#include <algorithm>

namespace trunkline::edge {
namespace {

constexpr unsigned kOpcodeBits = 0x0f;
constexpr unsigned kText = 1, kBinary = 2, kFirstControl = 8;

// How long a header is, by its second byte: mask bit and 7 bits of length.
std::size_t header_size(unsigned char second_byte) {
  const unsigned length = second_byte & 0x7fu;
  const std::size_t mask = (second_byte & 0x80u) != 0 ? 4 : 0;
  return 2 + mask + (length == 126 ? 2 : length == 127 ? 8 : 0);
}

std::uint64_t big_endian(const unsigned char* at, std::size_t size) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < size; ++i) number = number << 8 | at[i];
  return number;
}

}  // namespace

void FrameWalker::begin(bool wants_text, std::size_t fragments_max) {
  active_ = true;
  wants_text_ = wants_text;
  fragments_max_ = fragments_max;
}

bool FrameWalker::walk(char* bytes, std::size_t size) {
  if (!active_) return true;
  for (std::size_t at = 0; at < size;) {
    if (payload_ > 0) {
      const std::uint64_t skipped = std::min<std::uint64_t>(payload_, size - at);
      payload_ -= skipped;
      at += static_cast<std::size_t>(skipped);
      continue;
    }
    if (have_ == 0 && !begin_frame(bytes[at])) return false;
    header_[have_++] = static_cast<unsigned char>(bytes[at++]);
    if (have_ == 2) need_ = header_size(header_[1]);
    if (have_ >= 2 && have_ == need_) end_header();
  }
  return true;
}

bool FrameWalker::begin_frame(char& first_byte) {
  const auto byte = static_cast<unsigned char>(first_byte);
  const unsigned opcode = byte & kOpcodeBits;
  if (opcode >= kFirstControl) return true;
  if (opcode != 0) {
    ++messages_;
    fragments_ = 0;
    const bool right = opcode == (wants_text_ ? kText : kBinary);
    if (!right && wrong_kind_ == 0) wrong_kind_ = messages_;
    if (opcode == kText) first_byte = static_cast<char>((byte & ~kOpcodeBits) | kBinary);
  }
  return ++fragments_ <= fragments_max_;
}

void FrameWalker::end_header() {
  const unsigned length = header_[1] & 0x7fu;
  payload_ = length == 126   ? big_endian(header_ + 2, 2)
             : length == 127 ? big_endian(header_ + 2, 8)
                             : length;
  have_ = 0;
  need_ = 2;
}

}  // namespace trunkline::edge
