// `trunkline-lab run`, `sweep`, `attach`, `repeat` and `overhead`: what is measured, on which
// cluster, and where the files go.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "lab/cell_options.h"
#include "lab/experiment.h"

namespace trunkline::lab {

enum class Measures : std::uint8_t { run, sweep, attach, repeat, overhead };

struct RunOptions {
  Measures verb = Measures::run;
  CellOptions cells;
  // of a cluster that serves
  std::string run_directory;
  std::vector<std::string> urls;
  std::string accounts, user_prefix = "u";
  bool make_users = false, verify_certificate = false;
  std::vector<int> pids;
  std::string data;  // of own ranks: whose disk is asked for its floor
  // of clusters that are started
  std::string file;             // an experiment
  std::size_t launches = 0;     // 0: as the file says, else 10
  std::string cluster, versus;  // arguments of `trunkline start`
  StopRule stop;
  // of clocks; empty, 0: as the experiment says
  std::string clock;
  double resync_s = 0;
  std::size_t generators = 0;  // 0: as the file says, else 1
  // out
  std::string directory;
  std::vector<std::string> arguments;  // of this program, as it was called
  bool json = false, quiet = false;
};

CLI::App& add_run(CLI::App& app, RunOptions& options, Measures verb);
// Returns the exit status. Throws std::runtime_error, and CLI::ParseError for what CLI11 cannot
// see.
int measure(const RunOptions& options);

}  // namespace trunkline::lab
