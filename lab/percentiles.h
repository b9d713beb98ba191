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

}  // namespace trunkline::lab
