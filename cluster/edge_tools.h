// The verbs of administration that are about edges, wherever they live: list, drain, undrain,
// reload. They go by a rank's admin socket and the rank's port to the edge.
#pragma once

#include <string>
#include <vector>

#include "cluster/tools.h"

namespace trunkline::cluster {

struct EdgeCommand {
  enum class Verb { none, list, drain, undrain, reload };
  Verb verb = Verb::none;
  std::string edge;               // its name; reload: empty: all
  double rate = 500;              // drain: sessions a second (the default of EMQX)
  std::vector<std::string> urls;  // drain: where clients go; empty: to the other edges that serve
  bool no_wait = false;           // drain: return when it has begun
};

// Blocks; a drain shows its progress on stderr. Returns the exit status of the program: 1 where an
// edge refused, went away, or is not there.
int administer_edges(const Where& where, const EdgeCommand& command);

}  // namespace trunkline::cluster
