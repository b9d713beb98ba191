// The measurements of an experiment: percentiles of each series in each launch, and the few
// histograms that pictures are drawn from. Logs are streamed, so that an experiment takes some MB
// however many pairs, hops and seconds it has.
//
// Only reads. Errors are std::runtime_error and name the file and the line. Files that are not
// there are no error: a launch may have been killed before it wrote them.
#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "lab/experiment_tree.h"
#include "lab/histogram.h"
#include "lab/percentiles.h"

namespace trunkline::lab {

// How a series was timed: "one-way", "rtt", or "none" where nothing travels.
std::string_view direction_of(std::string_view series);

// One series of one cell in one launch. Series: shown, stored, lateness, hop:FROM-TO, end_to_end
// (names of stamps as in hops.hlog), pair:I-J (places).
struct SeriesRun {
  const RecordedCell* run = nullptr;
  std::string series;
  std::uint64_t n = 0;
  double mean_us = 0;
  std::array<double, std::size(kFarPercentiles)> values_us{};  // in the order of kFarPercentiles
  std::array<double, std::size(kCurve)> curve_us{};            // in the order of kCurve
};
// Whether a percentile may be told of so many samples. REQUIRES: 0 < quantile <= 1.
bool enough_for(std::uint64_t n, double quantile);

// A second of the headline's cell; what came after the measured time is none.
struct SecondRow {
  std::size_t launch = 0;
  double second = 0, p50_us = 0, p99_us = 0, max_us = 0, backlog = 0, hiccup_us = 0;
};
struct ClockRow {
  std::size_t launch = 0;
  std::string host;
  double at_s = 0, low_ns = 0, middle_ns = 0, high_ns = 0;
};

struct ExperimentData {
  std::vector<SeriesRun> series;  // of every finished cell, void ones too
  // By arm, cell and "shown" or "stored": of all launches whose cell counts, together. For curves;
  // numbers take a value of each launch.
  std::map<std::tuple<std::string, std::size_t, std::string>, Histogram> pooled;
  std::size_t headline = 0;
  std::vector<std::pair<const RecordedCell*, Histogram>> headline_shown;  // of those that count
  std::vector<SecondRow> seconds;                                         // of the headline
  std::vector<ClockRow> clock;

  const Histogram* pooled_of(const std::string& arm, std::size_t cell,
                             const std::string& series_name) const;
};

// Refers to `experiment`, which outlives it.
ExperimentData read_data(const RecordedExperiment& experiment);

}  // namespace trunkline::lab
