#include "lab/selftest.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "lab/clock_links.h"
#include "lab/format.h"
#include "lab/histogram_log.h"
#include "lab/percentiles.h"
#include "lab/recorded_launches.h"
#include "lab/simulated_hosts.h"
#include "lab/statistics.h"

namespace trunkline::lab {
namespace {

constexpr double kDriftMost = 5e-5;
constexpr std::int64_t kOffsetMost = 1'000'000'000'000'000'000;
constexpr double kSecondNs = 1e9;
constexpr double kAccuracy = 1e-3;  // of three digits
constexpr double kAlarm = 1 - kConfidence;
constexpr std::size_t kLaunches = 6;  // of each side
// The level of Mann and Whitney's test at 6 + 6 is 4.1 %; 16 of 200 are chance.
constexpr double kAlarmsMost = 0.08;
constexpr double kPlantedPercent[] = {5, 10, 15, 20, 25, 30, 40, 50, 75, 100, 200};

// Two sixes of different launches; the second slower by a factor.
Comparison compare_two_sixes(std::mt19937_64& chance, double factor) {
  std::vector<double> drawn;
  std::ranges::sample(kRecordedP50Us, std::back_inserter(drawn), 2 * kLaunches, chance);
  std::ranges::shuffle(drawn, chance);
  const auto middle = drawn.begin() + static_cast<std::ptrdiff_t>(kLaunches);
  std::vector<double> slower(middle, drawn.end());
  for (double& value : slower) value *= factor;
  return compare({drawn.begin(), middle}, std::move(slower));
}

double of_sorted(const std::vector<std::int64_t>& sorted, double quantile) {
  const auto place = static_cast<std::size_t>(
      std::max(1.0, std::ceil(quantile * static_cast<double>(sorted.size()))));
  return static_cast<double>(sorted[place - 1]);
}

}  // namespace

SelfTest selftest_clock(unsigned trials) {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> drifts(-kDriftMost, kDriftMost);
  std::uniform_int_distribution<std::int64_t> offsets(-kOffsetMost, kOffsetMost);
  constexpr int kEach = 3;
  unsigned outside = 0, offset_outside = 0;
  std::int64_t hca3_off = 0;
  for (unsigned trial = 0; trial < trials; ++trial) {
    SimulatedHosts hosts(trial, offsets(random), drifts(random));
    const auto exchanges = hosts.bursts(0, 3 * kSecondNs, kEach);
    const ClockTrack track(exchanges);
    const ClockCurve offset = clock_curve(exchanges, kEach, ClockAlgorithm::offset);
    const ClockCurve hca3 = clock_curve(exchanges, kEach, ClockAlgorithm::hca3);
    // Both clocks are read in whole nanoseconds.
    const auto is_outside = [](std::int64_t truth, const ClockOffset& bound) {
      return truth < bound.low - 1 || truth > bound.high + 1;
    };
    // Before, between and after bursts.
    for (const std::int64_t at :
         {-500'000'000LL, 0LL, 700'000'000LL, 1'000'000'000LL, 2'900'000'001LL, 3'500'000'000LL}) {
      const std::int64_t truth = hosts.offset_at(at);
      outside += is_outside(truth, track.at(at));
      offset_outside += is_outside(truth, offset.at(at));
      hca3_off = std::max(hca3_off, std::abs(truth - hca3.at(at).middle()));
    }
  }
  return {
      outside == 0 && offset_outside == 0,
      format("clock: %u trials with a known offset and drift, the truth was out of its bound %u "
             "times (hull), %u times (offset); hca3, which has none, was off by up to %.0f us",
             trials, outside, offset_outside, static_cast<double>(hca3_off) / 1000)};
}

SelfTest selftest_hdr(std::uint64_t values) {
  std::mt19937_64 chance(1);
  std::lognormal_distribution<double> spread(12.5, 1.5);
  Histogram times;
  std::vector<std::int64_t> sorted;
  for (std::uint64_t i = 0; i < values; ++i) {
    sorted.push_back(static_cast<std::int64_t>(spread(chance)));
    times.record(sorted.back());
  }
  std::ranges::sort(sorted);
  double worst = 0;
  for (const auto& [_, quantile] : kPercentiles) {
    const double truth = of_sorted(sorted, quantile);
    worst = std::max(worst, std::abs(static_cast<double>(times.at(quantile)) - truth) / truth);
  }
  const auto read = decode_histogram(encode_histogram(times));
  const bool same = read && read->counts() == times.counts();
  return {worst <= kAccuracy && same,
          format("hdr: of %llu values the percentiles are off by %.1e of themselves at most; its "
                 "text comes back %s",
                 static_cast<unsigned long long>(values), worst, same ? "as it was" : "CHANGED")};
}

SelfTest selftest_aa(unsigned comparisons) {
  std::mt19937_64 chance(1);
  const auto found_at = [&](double factor) {
    unsigned found = 0;
    for (unsigned i = 0; i < comparisons; ++i) {
      const Comparison planted = compare_two_sixes(chance, factor);
      found += planted.p < kAlarm && planted.shift > 0;
    }
    return found;
  };
  unsigned alarms = 0;
  for (unsigned i = 0; i < comparisons; ++i) alarms += compare_two_sixes(chance, 1).p < kAlarm;
  double least = 0;  // that is found in half of all comparisons
  for (const double percent : kPlantedPercent) {
    least = percent;
    if (2 * found_at(1 + percent / 100) > comparisons) break;
  }
  return {
      alarms <= kAlarmsMost * comparisons &&
          least < kPlantedPercent[std::size(kPlantedPercent) - 1],
      format("aa: of %u comparisons of 6 + 6 recorded launches of one kind %u gave a false alarm; "
             "with this noise a planted shift is found in half of all from +%.0f %% on",
             comparisons, alarms, least)};
}

}  // namespace trunkline::lab
