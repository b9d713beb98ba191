// Fresh launches: each starts a cluster by `trunkline start` in a process of its own, puts the
// cells of the experiment on it, and ends it. The plan stands in DIR/manifest.json, so that each
// launch, which is this program again (`launch DIR NUMBER`), knows what it is to do.
#pragma once

#include <functional>
#include <string>

#include "lab/experiment.h"
#include "lab/status.h"

namespace trunkline::lab {

// The command line of one launch. Pure. `programs`: the directory of the programs; `data`: of the
// cluster.
std::vector<std::string> launch_command(const Arm& arm, const std::string& programs,
                                        const std::string& data, const std::string& directory,
                                        std::size_t launch);

struct FreshLaunches {
  std::size_t launches = 0, failed = 0;
  std::string why;  // no more were made; empty: all that were asked for were
};
// Runs them all, until the experiment's rule ends them. Status is looked at once a second. A launch
// that fails is told on stderr with the end of its log, and the others go on. Throws
// std::runtime_error where nothing can be started at all.
FreshLaunches run_fresh_launches(const Experiment& experiment, const std::string& directory,
                                 const std::function<void(const Status&)>& on_status);

// In a launch: the cells of launch `number` on the cluster that TRUNKLINE_RUN names. Returns the
// exit status of the program.
int run_launch(const std::string& directory, std::size_t number);

}  // namespace trunkline::lab
