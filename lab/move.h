// Where a client goes that was told `move`. Pure: chance is an argument.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "wire/ids.h"

namespace trunkline::lab {

struct NextEdge {
  std::string url;  // empty: the edge knows none; the client tries those that it knows
  std::chrono::milliseconds pause{0};  // below a second: not all of them at once
};
// `urls`: of a wire::Move. `chance`: evenly distributed; one of the URLs, and a pause, by it.
NextEdge next_edge(wire::BytesView urls, std::uint32_t chance);

}  // namespace trunkline::lab
