// A fuzz target is one function, try_input(): it reads bytes as the product would, and checks what
// must hold whatever they are. What does not hold ends the process (wire/check.h); libFuzzer keeps
// the input. One file for each target; the seeds of all are made by seeds.cpp.
//
// Threads: one. Nothing but caches and buffers may live from one input to the next.
#pragma once

#include "wire/check.h"
#include "wire/ids.h"

namespace trunkline::fuzz {

using wire::Bytes;
using wire::BytesView;

void try_input(BytesView input);

// An input of several parts: a length byte before each but the last.
inline BytesView take_part(BytesView& input) {
  if (input.empty()) return {};
  const std::size_t size = static_cast<unsigned char>(input.front());
  const BytesView part = input.substr(1, size);
  input.remove_prefix(1 + part.size());
  return part;
}
inline unsigned take_byte(BytesView& input) {
  if (input.empty()) return 0;
  const auto byte = static_cast<unsigned char>(input.front());
  input.remove_prefix(1);
  return byte;
}

}  // namespace trunkline::fuzz
