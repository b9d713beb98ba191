// `trunkline-lab report DIR`: from what launches recorded to what people and pandas read
// (lab/OUTPUT.md). It may be made anew at any time, also while launches go on.
#pragma once

#include <string>

namespace trunkline::lab {

struct ExperimentReport {
  bool ok = false;   // the verdict is good or exploratory
  std::string text;  // for standard output
};
// Writes the derived files; each is there whole or not at all, the checksums last. Throws
// std::runtime_error where files cannot be read or written.
ExperimentReport write_experiment_report(const std::string& directory);

}  // namespace trunkline::lab
