// Runs one seed and says whether the checkers were content.
#pragma once

#include <optional>
#include <string>

#include "tests/sim/plan.h"
#include "tests/sim/violation.h"

namespace trunkline::sim {

// Nothing: content. The same arguments give the same answer, always.
std::optional<Violation> run_seed(std::uint64_t seed, wire::Fault fault);

// The same run again, for people: what it was, what broke, and the last events before it.
std::string explain_seed(std::uint64_t seed, wire::Fault fault, std::size_t lines);

}  // namespace trunkline::sim
