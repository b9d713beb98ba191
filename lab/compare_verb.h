// `trunkline-lab compare A B`.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

namespace trunkline::lab {

struct CompareOptions {
  std::string a, b;                  // directories of experiments, or files of reports
  std::optional<double> fail_above;  // percent
  bool curve = false;
};

CLI::App& add_compare(CLI::App& app, CompareOptions& options);
// Returns the exit status; throws std::runtime_error.
int compare_recorded(const CompareOptions& options);

}  // namespace trunkline::lab
