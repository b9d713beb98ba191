// By whose clock each stamp of a message was made. A block names four nodes (wire/stamps.h); the
// destination's edge is known as the source's edge of messages the other way. Pure. Threads: none.
#pragma once

#include <array>
#include <set>
#include <vector>

#include "wire/stamps.h"

namespace trunkline::lab {

// Who reads which clock, by number (wire::stamp_node()).
struct ClockNet {
  std::uint16_t root = 0;            // the laboratory's, by which all times are told
  std::vector<std::uint16_t> edges;  // of each place; 0: not told yet
  std::set<std::uint16_t> nodes;     // all that were seen
  std::set<std::uint16_t> ranks;     // those of ranks
  std::size_t rank_count = 0;        // of the cluster; 0: not known

  bool one_clock() const { return nodes.size() <= 1; }
  std::uint16_t edge(std::size_t place) const { return place < edges.size() ? edges[place] : 0; }
};

// Of each stamp the node; 0: it was not made, or nobody knows by which clock. That is so of the
// destination's edge before it has sent (`far_edge` is 0), and of rank_link where a third rank may
// have made it: the block keeps the last one's, and names no rank between the first and the last.
using StampNodes = std::array<std::uint16_t, wire::kStampCount>;
StampNodes nodes_of(const wire::StampBlock& block, std::uint16_t far_edge, const ClockNet& net);

}  // namespace trunkline::lab
