#include "lab/clock_road.h"

namespace trunkline::lab {
namespace {

// Between two ranks of a cluster of two there is no third; and where all ranks read one clock it
// does not matter.
std::uint16_t node_of_link(const wire::StampBlock& block, const ClockNet& net) {
  const std::uint16_t first = block.node[2], last = block.node[3];
  const bool two = net.rank_count == 2 && first != last;
  const bool one_clock = net.ranks.size() == 1 && first == last;
  return two || one_clock ? first : 0;
}

}  // namespace

StampNodes nodes_of(const wire::StampBlock& block, std::uint16_t far_edge, const ClockNet& net) {
  const auto& [client, edge, first_rank, last_rank] = block.node;
  StampNodes nodes{client,    edge,      edge,     first_rank, node_of_link(block, net),
                   last_rank, last_rank, far_edge, far_edge,   client};
  for (std::size_t at = 0; at < nodes.size(); ++at) {
    if (!block.has(static_cast<wire::Stamp>(at))) nodes[at] = 0;
  }
  return nodes;
}

}  // namespace trunkline::lab
