// `trunkline-lab compare A B`.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace trunkline::lab {

struct CompareOptions {
  std::string a, b;
  double fail_above = -1;  // percent; negative: never
};

CLI::App& add_compare(CLI::App& app, CompareOptions& options);
// Returns the exit status; throws std::runtime_error.
int compare_files(const CompareOptions& options);

}  // namespace trunkline::lab
