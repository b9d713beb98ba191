// `trunkline-lab watch DIR`: how far an experiment is, from another terminal; as a panel on one,
// else as a line whenever something has changed.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace trunkline::lab {

struct WatchOptions {
  std::string directory;
  bool once = false;
};

CLI::App& add_watch(CLI::App& app, WatchOptions& options);
// Returns the exit status when the experiment is over. Throws std::runtime_error where there is
// none.
int watch(const WatchOptions& options);

}  // namespace trunkline::lab
