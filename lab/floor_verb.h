// `trunkline-lab floor`: what the pieces of a message's road cost alone.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace trunkline::lab {

struct FloorOptions {
  std::string run_directory, data;
  bool json = false;
};

CLI::App& add_floor(CLI::App& app, FloorOptions& options);
// Returns the exit status; throws std::runtime_error. In an MPI job all but the first process
// become ranks.
int print_floor(const FloorOptions& options);

}  // namespace trunkline::lab
