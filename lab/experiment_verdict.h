// What an experiment is worth: every check by name, and one word. And what several arms differ by.
//
// Pure.
#pragma once

#include <string>
#include <vector>

#include "lab/comparison.h"
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

// An arm against the first, over all cells, so that the correction for many tests is one.
struct ArmComparison {
  std::string a, b;  // names of the arms
  struct Row {
    std::size_t cell = 0;
    std::string cell_label;
    ComparedFigure figure;
  };
  std::vector<Row> rows;
  std::vector<std::string> left_out;  // what cannot be compared, and why
  // Launches of each arm with which a difference can be found at all among so many rows; with fewer
  // every row is inconclusive. 7 for 24 rows.
  std::size_t launches_needed = 0, launches = 0;

  bool conclusive() const { return launches >= launches_needed; }
  std::string meaning(const Row& row, const std::string& b_label) const;
};
std::vector<ArmComparison> compare_arms(const RecordedExperiment& experiment,
                                        const ExperimentData& data);
std::string compare_json(const std::vector<ArmComparison>& comparisons);

}  // namespace trunkline::lab
