// `trunkline-lab export DIR --chrome|--otlp|--csv`: traced messages for other tools.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace trunkline::lab {

struct ExportOptions {
  std::string directory;
  bool chrome = false, otlp = false, csv = false;
  std::size_t exemplars = 1'000;
};

CLI::App& add_export(CLI::App& app, ExportOptions& options);
// Returns the exit status; throws std::runtime_error.
int export_traces(const ExportOptions& options);

}  // namespace trunkline::lab
