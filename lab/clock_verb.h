// `trunkline-lab clock`: how well the clocks of a cluster's hosts are known, second by second, by
// each of the algorithms beside one another.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace trunkline::lab {

struct ClockOptions {
  double seconds = 60, resync_s = 1;
  std::vector<std::string> algorithms{"hull", "hca3", "offset"};
  std::vector<std::string> urls;
  std::string run_directory, accounts, user_prefix = "u", output, cluster;
  bool make_users = false, verify_certificate = false, json = false;
};

CLI::App& add_clock_verb(CLI::App& app, ClockOptions& options);
// Returns the exit status; throws std::runtime_error, and CLI::ParseError for what CLI11 cannot
// see. In an MPI job all but the first process become ranks.
int compare_clocks(const ClockOptions& options);

}  // namespace trunkline::lab
