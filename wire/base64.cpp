#include "wire/base64.h"

#include <sodium.h>

#include <algorithm>

namespace trunkline::wire {

void append_base64(Bytes& out, BytesView bytes) {
  const std::size_t before = out.size();
  const std::size_t size = sodium_base64_ENCODED_LEN(bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  out.resize(before + size);
  sodium_bin2base64(out.data() + before, size, reinterpret_cast<const unsigned char*>(bytes.data()),
                    bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  out.pop_back();  // the zero that libsodium writes behind it
}

Bytes to_base64(BytesView bytes) {
  Bytes out;
  append_base64(out, bytes);
  return out;
}

bool append_from_base64(Bytes& out, std::string_view text) {
  // libsodium 1.0.18 takes some bytes above 0x7f for characters of the alphabet.
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  if (!std::all_of(text.begin(), text.end(), is_ascii)) return false;
  const std::size_t before = out.size();
  out.resize(before + text.size() / 4 * 3);
  std::size_t size = 0;
  const int refused = sodium_base642bin(reinterpret_cast<unsigned char*>(out.data() + before),
                                        out.size() - before, text.data(), text.size(), nullptr,
                                        &size, nullptr, sodium_base64_VARIANT_ORIGINAL);
  out.resize(refused != 0 ? before : before + size);
  return refused == 0;
}

}  // namespace trunkline::wire
