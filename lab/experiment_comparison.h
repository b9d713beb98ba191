// What arms of an experiment, or two experiments, differ by: cell by cell, a value of each launch
// and percentile.
//
// Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lab/comparison.h"
#include "lab/experiment_results.h"

namespace trunkline::lab {

// An arm against another, over all cells, so that the correction for many tests is one.
struct ArmComparison {
  std::string a, b;  // names of the arms
  struct Row {
    std::size_t cell = 0;  // its number in A's experiment
    std::string cell_label;
    ComparedFigure figure;
  };
  std::vector<Row> rows;
  // What is shown, quantile by quantile (kCurve): whether all messages became slower, or few.
  // Exploratory: no correction for so many.
  struct ShiftAt {
    const char* quantile;
    double a_us = 0;  // median over launches
    double shift_us = 0;
    std::optional<Interval> interval;
  };
  struct Curve {
    std::size_t cell = 0;
    std::vector<ShiftAt> shifts;
  };
  std::vector<Curve> curves;
  std::vector<std::string> left_out;  // what cannot be compared, and why
  // Launches of each arm with which a difference can be found at all among so many rows; with fewer
  // every row is inconclusive. 7 for 24 rows.
  std::size_t launches_needed = 0, launches = 0;

  bool conclusive() const { return launches >= launches_needed; }
  std::string meaning(const Row& row, const std::string& b_label) const;
  // Its rows, each under the number of its cell: "c3 shown".
  std::vector<ComparedFigure> figures() const;
};

// Each arm against the first.
std::vector<ArmComparison> compare_arms(const RecordedExperiment& experiment,
                                        const ExperimentData& data);

// An experiment that was read; both outlive it.
struct ReadExperiment {
  const RecordedExperiment& experiment;
  const ExperimentData& data;
};
// The arms of B, each against that of A with the same label; where both have but one, those. Cells
// match by label and load. Throws std::runtime_error where no arms match.
std::vector<ArmComparison> compare_experiments(const ReadExperiment& a, const ReadExperiment& b);

// A table, and what was left out.
std::string comparison_text(const ArmComparison& comparison);
// Its curves, a table for each cell.
std::string curves_text(const ArmComparison& comparison);
std::string compare_json(const std::vector<ArmComparison>& comparisons);

}  // namespace trunkline::lab
