// `trunkline start`: a supervised cluster for the life of a command, or until a signal.
#pragma once

#include "cluster/launch.h"

namespace trunkline::cluster {

// Prints the run directory, the URLs, the first message (if asked for) and a line `ready`; returns
// the exit status: 0 after an orderly stop, that of the command if there is one, 1 when it cannot
// serve.
int start(const StartOptions& options);

}  // namespace trunkline::cluster
