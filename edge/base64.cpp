#include "edge/base64.h"

#include <array>

namespace trunkline::edge {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNone = 0xff;

constexpr std::array<std::uint8_t, 256> make_values() {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNone);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}
constexpr auto kValues = make_values();

std::uint32_t value_of(char digit) {
  return kValues[static_cast<unsigned char>(digit)];
}

}  // namespace

void append_base64(wire::Bytes& out, wire::BytesView bytes) {
  out.reserve(out.size() + (bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t left = bytes.size() - at;
    std::uint32_t group = static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at])) << 16;
    if (left > 1)
      group |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + 1])) << 8;
    if (left > 2) group |= static_cast<unsigned char>(bytes[at + 2]);
    out.push_back(kAlphabet[group >> 18]);
    out.push_back(kAlphabet[group >> 12 & 63]);
    out.push_back(left > 1 ? kAlphabet[group >> 6 & 63] : '=');
    out.push_back(left > 2 ? kAlphabet[group & 63] : '=');
  }
}

wire::Bytes to_base64(wire::BytesView bytes) {
  wire::Bytes out;
  append_base64(out, bytes);
  return out;
}

bool append_from_base64(wire::Bytes& out, std::string_view text) {
  if (text.size() % 4 != 0) return false;
  const std::size_t before = out.size();
  for (std::size_t at = 0; at < text.size(); at += 4) {
    const bool last = at + 4 == text.size();
    const std::size_t padding = !last || text[at + 3] != '=' ? 0 : text[at + 2] != '=' ? 1 : 2;
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 4 - padding; ++i) {
      const std::uint32_t value = value_of(text[at + i]);
      if (value == kNone) {
        out.resize(before);
        return false;
      }
      group |= value << (18 - 6 * i);
    }
    const std::uint32_t unused = padding == 0 ? 0u : padding == 1 ? 0xffu : 0xffffu;
    if ((group & unused) != 0) {
      out.resize(before);
      return false;
    }
    out.push_back(static_cast<char>(group >> 16));
    if (padding < 2) out.push_back(static_cast<char>(group >> 8 & 0xff));
    if (padding < 1) out.push_back(static_cast<char>(group & 0xff));
  }
  return true;
}

}  // namespace trunkline::edge
