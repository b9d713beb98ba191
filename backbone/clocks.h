// The clocks of this machine, read at the rim and handed inwards as values.
// Threads: any.
#pragma once

#include <cstdint>

#include "wire/ids.h"

namespace trunkline::backbone {

wire::Now read_clocks();

}  // namespace trunkline::backbone
