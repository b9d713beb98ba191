// What a run must show before its numbers may be believed, each told with its number and its limit.
// None is ever left out, and what failed is said beside every figure (latency-lab's twelve rules).
//
// Pure. Threads: none.
#pragma once

#include <string>
#include <vector>

#include "lab/load.h"

namespace trunkline::lab {

enum class CheckKind : std::uint8_t {
  promise,   // of the cluster: delivered, once, ordered, answered
  validity,  // else the cell is void, for it measured the generator: arrived, schedule, generator
  rest       // else these are no figures of a cluster at rest under that load: kept_up, steady; or
             // not those of its tail: generator_tail
};
struct Check {
  std::string name;  // one word, for programs
  CheckKind kind = CheckKind::promise;
  bool passed = false;
  double value = 0, limit = 0;
  std::string text;  // a sentence, for people
};

std::vector<Check> checks_of(const LoadConfig& config, const LoadResult& result);
bool all_passed(const std::vector<Check>& checks);
bool all_passed(const std::vector<Check>& checks, CheckKind kind);

bool is_direct(const LoadConfig& config);
// Of the whole run: sent, but neither shown nor refused.
std::uint64_t not_shown(const TallySums& sums);
// Sent, but neither stored nor refused.
std::uint64_t not_answered(const TallySums& sums);

}  // namespace trunkline::lab
