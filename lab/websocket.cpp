#include "lab/websocket.h"

#include <cstring>

namespace trunkline::lab {

namespace {

constexpr unsigned kLast = 0x80, kMasked = 0x80, kLength16 = 126, kLength64 = 127;
constexpr std::size_t kControlPayloadMax = 125;

void append_big_endian(wire::Bytes& out, std::uint64_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(static_cast<unsigned char>(value >> shift)));
  }
}

std::uint64_t big_endian(wire::BytesView bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

bool known(unsigned opcode) {
  return opcode <= 2 || (opcode >= 8 && opcode <= 10);
}

// Eight bytes at a time: a load generator masks all that it sends.
void mask_in_place(char* at, std::size_t size, const char (&key)[4]) {
  char key8[8];
  std::memcpy(key8, key, 4);
  std::memcpy(key8 + 4, key, 4);
  std::uint64_t key64 = 0;
  std::memcpy(&key64, key8, 8);
  std::size_t done = 0;
  for (; done + 8 <= size; done += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at + done, 8);
    word ^= key64;
    std::memcpy(at + done, &word, 8);
  }
  for (; done < size; ++done) at[done] = static_cast<char>(at[done] ^ key8[done % 8]);
}

}  // namespace

void append_client_frame(wire::Bytes& out, Opcode opcode, wire::BytesView payload,
                         std::uint32_t mask, bool last) {
  out.push_back(static_cast<char>((last ? kLast : 0U) | static_cast<unsigned>(opcode)));
  if (payload.size() < kLength16) {
    out.push_back(static_cast<char>(kMasked | payload.size()));
  } else if (payload.size() <= 0xffff) {
    out.push_back(static_cast<char>(kMasked | kLength16));
    append_big_endian(out, payload.size(), 2);
  } else {
    out.push_back(static_cast<char>(kMasked | kLength64));
    append_big_endian(out, payload.size(), 8);
  }
  char key[4];
  std::memcpy(key, &mask, sizeof key);
  out.append(key, sizeof key);
  const std::size_t start = out.size();
  out.append(payload);
  mask_in_place(out.data() + start, payload.size(), key);
}

Taking take_server_frame(wire::BytesView& bytes, ServerFrame& frame) {
  if (bytes.size() < 2) return Taking::incomplete;
  const auto first = static_cast<unsigned char>(bytes[0]);
  const auto second = static_cast<unsigned char>(bytes[1]);
  const unsigned opcode = first & 0x0fU;
  if ((first & 0x70U) != 0 || (second & kMasked) != 0 || !known(opcode)) return Taking::broken;

  const unsigned short_length = second & 0x7fU;
  const std::size_t extra = short_length == kLength64 ? 8 : short_length == kLength16 ? 2 : 0;
  if (bytes.size() < 2 + extra) return Taking::incomplete;
  const std::uint64_t length = extra == 0 ? short_length : big_endian(bytes.substr(2, extra));
  const bool last = (first & kLast) != 0;
  if (opcode >= 8 && (!last || length > kControlPayloadMax)) return Taking::broken;
  if (bytes.size() - 2 - extra < length) return Taking::incomplete;

  frame = {static_cast<Opcode>(opcode), last, bytes.substr(2 + extra, length)};
  bytes.remove_prefix(2 + extra + length);
  return Taking::taken;
}

wire::Bytes close_payload(std::uint16_t code, std::string_view reason) {
  wire::Bytes payload;
  append_big_endian(payload, code, 2);
  payload.append(reason.substr(0, kControlPayloadMax - 2));
  return payload;
}

std::uint16_t close_code(wire::BytesView payload) {
  constexpr std::uint16_t kNoCode = 1005;
  return payload.size() < 2 ? kNoCode
                            : static_cast<std::uint16_t>(big_endian(payload.substr(0, 2)));
}

}  // namespace trunkline::lab
