// What may be said of few launches and of many samples, without a normal distribution: ranks, not
// means. Pure; checked against SciPy's answers in tests/lab.
//
// The unit of replication is a launch (Hoefler & Belli, "Scientific benchmarking of parallel
// computing systems", SC'15): samples of one launch resemble each other more than they resemble
// those of the next, so intervals and tests take one value of each launch.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace trunkline::lab {

inline constexpr double kConfidence = 0.95;

struct Interval {
  double low = 0, high = 0;
  double coverage = 0;  // what is certain: at least the confidence that was asked for
};

// The smallest count of samples whose maximum lies above the quantile with 97.5 %: below it, no
// interval of that quantile has an upper end. 368 for 0.99, 3,688 for 0.999. REQUIRES: 0 < q < 1.
std::uint64_t samples_needed(double quantile);

// Places (from 0) of the sorted values between which a quantile of what they were drawn from lies,
// by the binomial distribution; absent: too few values for that confidence.
struct Places {
  std::size_t low = 0, high = 0;
  double coverage = 0;
};
std::optional<Places> quantile_places(std::size_t count, double quantile,
                                      double confidence = kConfidence);

// Of at least one value, in any order.
double median(std::vector<double> values);
// Of the median; absent below 6 values, which cannot reach 95 %.
std::optional<Interval> median_interval(std::vector<double> values,
                                        double confidence = kConfidence);

// How `b` differs from `a`, each a launch's value, in any order.
struct Comparison {
  // Hodges-Lehmann: the median of all differences b − a; and where the true shift lies, from the
  // distribution of Mann and Whitney's U. Absent: too few launches (4 + 4 are the least).
  double shift = 0;
  std::optional<Interval> shift_interval;
  // Two-sided, of Mann and Whitney's test: exact without ties, else by the normal approximation
  // with corrections for ties and continuity.
  double p = 1;
  // Cliff's: how much more often b is above a than below, from −1 to 1.
  double delta = 0;
};
// REQUIRES: neither is empty.
Comparison compare(std::vector<double> a, std::vector<double> b, double confidence = kConfidence);

// Holm's correction: the p of each, so that at most one in twenty families of tests has a false
// alarm. In the order that was given.
std::vector<double> holm(const std::vector<double>& p);

}  // namespace trunkline::lab
