// printf into a string, for tables and for numbers whose digits are chosen.
#pragma once

#include <string>

namespace trunkline::lab {

// A line at most: what is longer than 511 bytes is cut.
[[gnu::format(printf, 1, 2)]] std::string format(const char* pattern, ...);

}  // namespace trunkline::lab
