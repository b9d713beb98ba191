// How well an experiment knows what it measured. Pure.
#pragma once

#include <optional>
#include <string>

#include "lab/experiment_results.h"

namespace trunkline::lab {

// The widest interval of p50 (shown) among all cells of all arms.
struct Precision {
  double width = 0;  // as a part of p50; infinite: too few launches for an interval
  std::string cell;  // which it is
};
// Of the cells that count somewhere and are not saturated, whose p50 is no figure of the cluster at
// rest; absent: there is none.
std::optional<Precision> precision_of(const RecordedExperiment& experiment,
                                      const ExperimentData& data);

}  // namespace trunkline::lab
