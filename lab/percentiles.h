// The percentiles that every table, file and picture of the laboratory tells, under these names.
#pragma once

namespace trunkline::lab {

struct Percentile {
  const char* name;
  double quantile;
};
inline constexpr Percentile kPercentiles[] = {
    {"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}};
// The files of an experiment go further out; the quantile 1 is the maximum.
inline constexpr Percentile kFarPercentiles[] = {
    {"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}, {"p99.99", 0.9999}, {"max", 1}};
// Where the whole of a distribution is compared, its quick half too.
inline constexpr Percentile kCurve[] = {{"p1", 0.01},  {"p5", 0.05},    {"p10", 0.1}, {"p25", 0.25},
                                        {"p50", 0.5},  {"p75", 0.75},   {"p90", 0.9}, {"p95", 0.95},
                                        {"p99", 0.99}, {"p99.9", 0.999}};

}  // namespace trunkline::lab
