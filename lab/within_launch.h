// How well one launch knows its own percentiles. Messages that follow each other resemble each
// other, so they are not drawn one by one but in blocks of time that stay together (moving-block
// bootstrap; Künsch, "The jackknife and the bootstrap for general stationary observations", 1989).
// Launches differ by more than that: intervals over launches are in statistics.h.
//
// Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "lab/histogram.h"
#include "lab/percentiles.h"
#include "lab/statistics.h"

namespace trunkline::lab {

// A histogram without its empty places.
struct PlaceCount {
  std::uint32_t place = 0, count = 0;
};
using SparseCounts = std::vector<PlaceCount>;
SparseCounts sparse_counts(const Histogram& histogram);

struct WithinLaunch {
  double block_s = 0;  // the time that stays together
  // In the order of kPercentiles, in microseconds; absent: too few messages for it.
  std::array<std::optional<Interval>, std::size(kPercentiles)> intervals;
};
// Of what was shown in each tenth of a second, in the order of time. Absent: less than 2 s.
std::optional<WithinLaunch> within_launch(const std::vector<SparseCounts>& tenths,
                                          std::uint64_t seed);

}  // namespace trunkline::lab
