// What an operation of a client says, whichever sub-protocol it came by.
#pragma once

#include <optional>

#include "wire/codec.h"

namespace trunkline::fuzz {

// The frame that says the same with every field that is the edge's own (address, flags, stamps,
// tag, sepoch, from, device) left out, so that two frames can be compared. REQUIRES: the edge took
// it. Nothing: `.json` cannot say it (a mechanism that is no name).
std::optional<wire::Bytes> plain_operation(const wire::FrameView& frame);

}  // namespace trunkline::fuzz
