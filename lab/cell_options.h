// The load on a command line: one cell, or all those of a sweep. OSU's letters keep their meaning
// (-m -i -x -W).
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "lab/cell.h"

namespace trunkline::lab {

struct CellOptions {
  Cell cell;
  std::string sizes = "64", rates = "1000", matrices;
  std::size_t messages = 0, warmup_messages = 0;  // 0: by time
  std::uint64_t seed = 1;
};

// `sweeps`: -m, -r and --matrix take several values.
void add_cell_options(CLI::App& app, CellOptions& options, bool sweeps);
// Every combination. Throws CLI::ValidationError.
std::vector<Cell> cells_of(const CellOptions& options);

}  // namespace trunkline::lab
