// The live page without scripts: one look, as tables that come again by themselves. Pure.
#pragma once

#include <string>

#include "edge/live_board.h"

namespace trunkline::edge {

std::string live_table(const LiveSnapshot& snapshot);

}  // namespace trunkline::edge
