// Whether a run had come to rest, and whether the cluster kept up with it: from its medians, and
// from what was under way, ten times a second. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace trunkline::lab {

// Of the values, in the order of time: is there a trend? Mann and Kendall's test, two-sided, with
// ties; and Sen's slope, the median of the slopes between all two values.
struct Trend {
  double p = 1;
  double slope = 0;  // a step
};
// Fewer than 4 show nothing: p is 1. All two are compared, so a thousand are many.
Trend trend_of(const std::vector<double>& values);

// How many values at the beginning are better left out (White, "An effective truncation heuristic
// for bias reduction in simulation output", 1997: MSER-5). Absent: half of them or more, so that
// where the warm-up ends cannot be told.
std::optional<std::size_t> warm_up_length(const std::vector<double>& values);

// A tenth of a second.
struct Tenth {
  double median_us = 0;    // of what was shown in it; 0: nothing
  double outstanding = 0;  // messages under way at its end
};

enum class Steadiness : std::uint8_t {
  steady,
  trend,      // medians rise or fall
  saturated,  // more and more is under way
  too_short   // less than 2 s, of which nothing can be said
};
std::string_view to_string(Steadiness);

// `messages`: that were due in the whole time.
Steadiness steadiness_of(const std::vector<Tenth>& tenths, std::uint64_t messages);

}  // namespace trunkline::lab
