// `trunkline ping`: how far a user or a rank is, and by which road.
//
// As traceroute does it: the same small question goes to every station of the road, so every time
// is a round trip by the clock of this program, and what a hop takes by itself is the difference of
// two stations. No time here is one-way, and none compares the clocks of two hosts.
#pragma once

#include <optional>
#include <string>

#include "cluster/tools.h"
#include "wire/ids.h"

namespace trunkline::cluster {

struct PingOptions {
  std::string user;                  // whose home and sessions the road leads to
  std::optional<wire::RankId> rank;  // or the rank that it leads to
  unsigned count = 5;
  double interval_s = 0.2;  // between two rounds; a rank may fall asleep meanwhile, as when idle
  bool json = false;
};

// Prints each round as it comes, then min, p50 and max of each station. Exit status 0: every
// question was answered.
int ping(const Where& where, const PingOptions& options);

}  // namespace trunkline::cluster
