// Numbers as people write them on a command line, for sweeps: 64, 4K, 1k,2k,5k, 16:64K (powers of
// two), 1k:200k:x2. Pure.
#pragma once

#include <string>
#include <vector>

namespace trunkline::lab {

// k is 1,000, M 1,000,000; K is 1,024 and Ki, Mi as usual. Throws std::invalid_argument that says
// what is taken. A range goes from its first number on, each so many times the one before (:xN, 2
// if nothing is said), as long as it is not above the last.
std::vector<double> parse_range(const std::string& words);

// "5%" and "5" are 5. Throws std::invalid_argument.
double parse_percent(const std::string& words);
// In seconds: 90, 90s, 10m, 2h. Throws std::invalid_argument.
double parse_duration(const std::string& words);

}  // namespace trunkline::lab
