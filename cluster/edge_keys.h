// Keys of edges that reach their ranks over tcp: who starts an edge admits it.
#pragma once

#include <string>

#include "cluster/events.h"
#include "cluster/launch.h"

namespace trunkline::cluster {

// Makes a CURVE key pair for each edge that has none (edge_key_file), and the file of public keys
// that the ranks read at their start (edge_keys_file), all in the run directory and mode 0600.
// Blocks. Throws std::runtime_error where the edge program makes none.
void make_edge_keys(const StartOptions& options, const std::string& programs, Events& events);

}  // namespace trunkline::cluster
