#include "tests/door/conformance_case.h"

#include <algorithm>

namespace trunkline::tests {
namespace {

constexpr unsigned kFin = 0x80, kMasked = 0x80, k16Bits = 126, k64Bits = 127;

void append_big_endian(std::string& out, std::uint64_t number, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(number >> shift));
  }
}

}  // namespace

std::string header(unsigned opcode, std::uint64_t size, const Shape& shape) {
  const bool in_64 =
      shape.length == Length::in_64_bits || (shape.length == Length::shortest && size > 0xffff);
  const bool in_16 = !in_64 && (shape.length == Length::in_16_bits ||
                                (shape.length == Length::shortest && size >= k16Bits));
  std::string out;
  out.push_back(static_cast<char>((shape.last ? kFin : 0) | shape.reserved << 4 | opcode));
  const auto first = static_cast<unsigned>(in_64 ? k64Bits : in_16 ? k16Bits : size);
  out.push_back(static_cast<char>((shape.masked ? kMasked : 0) | first));
  if (in_64) append_big_endian(out, size, 8);
  if (in_16) append_big_endian(out, size, 2);
  if (shape.masked) append_big_endian(out, shape.mask, 4);
  return out;
}

std::string frame(unsigned opcode, std::string_view payload, const Shape& shape) {
  std::string out = header(opcode, payload.size(), shape);
  const std::size_t begin = out.size();
  out.append(payload);
  if (!shape.masked) return out;
  for (std::size_t at = 0; at < payload.size(); ++at) {
    out[begin + at] = static_cast<char>(out[begin + at] ^ (shape.mask >> (24 - 8 * (at % 4))));
  }
  return out;
}

std::string in_fragments(unsigned opcode, std::string_view payload, std::size_t size) {
  std::string out;
  do {
    const std::string_view part = payload.substr(0, size);
    payload.remove_prefix(part.size());
    out += frame(opcode, part, {.last = payload.empty()});
    opcode = kContinuation;
  } while (!payload.empty());
  return out;
}

std::string close_frame(unsigned code, std::string_view reason) {
  std::string payload;
  append_big_endian(payload, code, 2);
  return frame(kClose, payload.append(reason));
}

bool Case::needs_echo() const {
  return std::any_of(back.begin(), back.end(), [](const Back& one) { return one.opcode != kPong; });
}

}  // namespace trunkline::tests
