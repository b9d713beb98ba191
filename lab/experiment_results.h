// What may be said of an experiment: a value of each launch, their median, and an interval by order
// statistics. Where too little was measured, that is said instead. Pure.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lab/experiment_data.h"
#include "lab/statistics.h"
#include "lab/waits.h"
#include "wire/stamps.h"

namespace trunkline::lab {

// Fresh launches, of each arm, that a result takes.
inline constexpr std::size_t kLaunchesForResult = 6;

// Over the launches whose cell counts.
struct Estimate {
  std::vector<double> values;  // one a launch, where it may be told
  std::uint64_t n = 0;         // samples of all launches; 0: there are none
  std::uint64_t n_least = 0;   // of the launch that has least
  std::uint64_t n_needed = 0;  // in each launch
  std::size_t launches = 0;
  bool unbounded = false;  // of a saturated cell: it would grow with the time of measuring

  bool enough() const { return n > 0 && n_least >= n_needed; }
  std::optional<double> middle() const;  // absent: unbounded, or not enough
  std::optional<Interval> interval() const;
};

// `percentile`: a name of kFarPercentiles. `series`: as in SeriesRun.
Estimate estimate_of(const ExperimentData& data, const std::string& arm, std::size_t cell,
                     const std::string& series, const std::string& percentile);
Estimate achieved_of(const RecordedExperiment& experiment, const std::string& arm,
                     std::size_t cell);

// "283.1 [279.0, 291.4]", "n too small", "unbounded", "none counts"; the interval without a
// bracket where launches are too few for one.
std::string value_text(const Estimate& estimate);
std::string interval_text(const Estimate& estimate);
// Three or four digits, as far as a reader needs them.
std::string number_text(double value);
// 1234567 as "1,234,567".
std::string count_text(double count);

// Series of a cell in the order of the road, as SeriesRun names them: those beginning with
// `prefix`.
std::vector<std::string> series_of_cell(const ExperimentData& data, std::size_t cell,
                                        const std::string& prefix);
// Where a hop begins and ends: "hop:client_send-edge_in"; absent: it is none.
std::optional<std::pair<wire::Stamp, wire::Stamp>> stamps_of_hop(const std::string& series);
// The same of "wait:store_asked-commit_begun".
std::optional<Stretch> stretch_of_wait(const std::string& series);
// "hop:client_send-edge_in" as "client A sends -> edge A parsed"; of a wait its name.
std::string hop_words(const std::string& series);
bool saturated(const RecordedExperiment& experiment, const std::string& arm, std::size_t cell);

// "not run in 2 of 6 launches: saturated below"; empty: it was run in all.
std::string left_out_text(const RecordedExperiment& experiment, const std::string& arm,
                          std::size_t cell);

// Every finished cell of every launch, in order.
std::vector<const RecordedCell*> all_cells(const RecordedExperiment& experiment);
// Why a cell is void, or what else it leaves to be desired; empty: nothing.
std::string reasons_of(const RecordedCell& cell);

}  // namespace trunkline::lab
