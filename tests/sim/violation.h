// What a checker throws: which invariant of the protocol (section 5) does not hold, and how.
#pragma once

#include <string>

namespace trunkline::sim {

struct Violation {
  std::string invariant;
  std::string what;
};

}  // namespace trunkline::sim
