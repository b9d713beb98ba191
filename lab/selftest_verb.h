// `trunkline-lab selftest [co|gen|clock|hdr|aa …]`.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace trunkline::lab {

struct SelfTestOptions {
  std::vector<std::string> names;  // empty: all
  std::string run_directory;       // empty: a cluster is started for co and gen
};

CLI::App& add_selftest(CLI::App& app, SelfTestOptions& options);
// Prints a line each. Returns the exit status; throws std::runtime_error.
int selftest(const SelfTestOptions& options);

}  // namespace trunkline::lab
