// Stamps of many clocks told by one, the laboratory's, and how far each difference of two may be
// from the truth. Stamps of one clock keep their differences, but for the rate at which it drifts.
// Pure. Threads: none; const calls from any.
#pragma once

#include <map>
#include <optional>

#include "lab/clock_links.h"

namespace trunkline::lab {

class CorrectedStamps {
 public:
  // `links`: each behind the one that its `from` hangs on (links_of).
  CorrectedStamps(ClockNet net, std::vector<ClockLink> links);

  const ClockNet& net() const { return net_; }
  const std::vector<ClockLink>& links() const { return links_; }

  // All stamps by the laboratory's clock. Those that nobody can place in time are taken out
  // (nodes_of says which), and with no links they stay as they are. What the road took may be
  // negative: it is kept.
  wire::StampBlock corrected(const wire::StampBlock& block, std::size_t to_place) const;
  // A single one, of a message that was under way when our clock showed `near_ns`; absent: nobody
  // knows where the clock of `node` stood.
  std::optional<std::int64_t> by_ours(std::uint16_t node, std::uint32_t stamp,
                                      std::int64_t near_ns) const;
  // Of the time from one stamp to another; 0: one clock; absent: there is no bound.
  std::optional<std::int64_t> bound(const wire::StampBlock& block, std::size_t to_place,
                                    wire::Stamp from, wire::Stamp to) const;
  // When the clock of `node` showed this: by ours. All 64 bits, as the links have them.
  std::int64_t our_time(std::uint16_t node, std::int64_t shown_ns) const;

 private:
  // The links from the laboratory's clock to a node's, the nearest first.
  std::vector<const ClockLink*> way_to(std::uint16_t node) const;

  ClockNet net_;
  std::vector<ClockLink> links_;
  std::map<std::uint16_t, std::size_t> link_to_;
};

}  // namespace trunkline::lab
