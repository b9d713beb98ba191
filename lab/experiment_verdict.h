// What an experiment is worth: every check by name, and one word.
//
// Pure.
#pragma once

#include <string>
#include <vector>

#include "lab/experiment_results.h"

namespace trunkline::lab {

struct ExperimentVerdict {
  // good: every check passed. exploratory: too few launches, or another check did not pass. void:
  // no cell counts. failed: a promise was broken, a launch failed, or nothing was measured.
  std::string word;
  std::string sentence;
  std::vector<RecordedCheck> checks;

  bool ok() const { return word == "good" || word == "exploratory"; }
};
ExperimentVerdict judge(const RecordedExperiment& experiment, const ExperimentData& data);
std::string verdict_json(const RecordedExperiment& experiment, const ExperimentData& data,
                         const ExperimentVerdict& verdict);

}  // namespace trunkline::lab
