// report.html: one file that opens from disk, asks the network for nothing, and needs no script.
// Pure.
#pragma once

#include <string>
#include <vector>

#include "lab/experiment_comparison.h"
#include "lab/experiment_verdict.h"
#include "lab/figures.h"

namespace trunkline::lab {

// What a page is made of.
struct ExperimentPage {
  const RecordedExperiment& experiment;
  const ExperimentData& data;
  const ExperimentVerdict& verdict;
  const std::vector<ArmComparison>& comparisons;
  const Figures& figures;
};
std::string html_of(const ExperimentPage& page);

// Its sections, for experiment_html.cpp.
// Sentences for the first screen: over the floor, and arm against arm.
std::string findings_of(const ExperimentPage& page);
std::string comparison_section(const ExperimentPage& page);
std::string hops_section(const ExperimentPage& page);
std::string cells_section(const ExperimentPage& page);
std::string launches_section(const ExperimentPage& page);
std::string manifest_section(const ExperimentPage& page);

struct HtmlColumn {
  std::string name;
  bool words = false;  // else numbers, which stand on the right
};
// A table that may be wider than the screen. Names and fields are HTML.
std::string table_of(const std::vector<HtmlColumn>& head,
                     const std::vector<std::vector<std::string>>& rows);
// A value and below it its interval, or why there is none.
std::string estimate_cell(const Estimate& estimate);

}  // namespace trunkline::lab
