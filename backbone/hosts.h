// Which ranks share a host, and its cores: gathered once, at the start.
#pragma once

#include <string>
#include <vector>

#include "backbone/idle.h"
#include "wire/ids.h"

namespace trunkline::backbone {

// What each rank tells the others of itself.
struct RankHost {
  std::string host;   // its name, for people
  std::string boot;   // of its kernel: two hosts of one name are two hosts
  std::string cores;  // '1' at each core that the affinity mask allows
  double quota = 0;   // of the cgroup, in cores; 0: none
};
RankHost this_host();
wire::Bytes to_text(const RankHost& host);
RankHost rank_host_of(wire::BytesView text);

class Hosts {
 public:
  Hosts(std::vector<RankHost> ranks, wire::RankId self);

  std::size_t ranks_here() const;
  std::size_t hosts() const;
  bool is_same(wire::RankId rank) const;
  // Its lowest rank speaks for a host: makes its run directory, writes its cluster file.
  bool is_first_here() const;
  // Cores that all ranks here may use together: the union of their masks, at most the quota.
  double cores_here() const;

 private:
  bool same(const RankHost& a, const RankHost& b) const;
  std::vector<RankHost> ranks_;
  wire::RankId self_;
};

}  // namespace trunkline::backbone
