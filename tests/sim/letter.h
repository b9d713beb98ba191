// A message as the simulator's clients write it. Its body begins with a number by which checkers
// know it wherever it turns up.
#pragma once

#include <charconv>

#include "wire/ids.h"

namespace trunkline::sim {

// Two letters may share a serial (the same id and body to two receivers), so a letter is this pair.
using LetterKey = std::pair<std::uint64_t, wire::Bytes>;

struct Letter {
  std::uint64_t serial = 0;
  wire::Bytes id, to, body;
  LetterKey key() const { return {serial, to}; }
};

inline wire::Bytes body_of(std::uint64_t serial, std::size_t bytes) {
  wire::Bytes body = std::to_string(serial) + " ";
  if (body.size() < bytes) body.resize(bytes, 'x');
  return body;
}

inline std::uint64_t serial_of(wire::BytesView body) {
  std::uint64_t serial = 0;
  std::from_chars(body.data(), body.data() + body.size(), serial);
  return serial;
}

}  // namespace trunkline::sim
