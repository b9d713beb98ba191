// The verb `report` of the command line.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace trunkline::lab {

struct ReportOptions {
  std::string directory;
};
CLI::App& add_report(CLI::App& app, ReportOptions& options);
// Gives the exit status: 0, or 2 where the verdict is void or failed.
int report(const ReportOptions& options);

}  // namespace trunkline::lab
