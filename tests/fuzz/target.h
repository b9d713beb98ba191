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

// An input that is a story, of 64 steps at most: `step` is called with the byte that says what
// happens, and takes the parts that it needs off the input.
template <class Step>
void for_each_step(BytesView& input, const Step& step) {
  constexpr int kStepsMax = 64;
  for (int steps = 0; !input.empty() && steps < kStepsMax; ++steps) step(take_byte(input));
}

}  // namespace trunkline::fuzz
