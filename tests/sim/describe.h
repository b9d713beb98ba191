// Batches and frames in words, for traces.
#pragma once

#include <string>

#include "wire/batch.h"

namespace trunkline::sim {

std::string describe(const wire::FrameView& frame);
std::string describe(wire::BytesView batch, wire::Way way);

}  // namespace trunkline::sim
