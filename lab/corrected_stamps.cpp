#include "lab/corrected_stamps.h"

#include <algorithm>

namespace trunkline::lab {

CorrectedStamps::CorrectedStamps(ClockNet net, std::vector<ClockLink> links)
    : net_(std::move(net)), links_(std::move(links)) {
  for (std::size_t i = 0; i < links_.size(); ++i) link_to_[links_[i].to] = i;
}

std::vector<const ClockLink*> CorrectedStamps::way_to(std::uint16_t node) const {
  std::vector<const ClockLink*> way;
  for (auto at = link_to_.find(node); at != link_to_.end(); at = link_to_.find(way.back()->from)) {
    way.push_back(&links_[at->second]);
  }
  std::reverse(way.begin(), way.end());
  return way;
}

namespace {

// A node's clock less ours, when ours shows this.
std::int64_t ahead(const std::vector<const ClockLink*>& way, std::int64_t ours) {
  std::int64_t time = ours;
  for (const ClockLink* link : way) time += link->curve.at(time).middle();
  return time - ours;
}

}  // namespace

// When our clock showed what is sought is found in two steps: the first is wrong by what drifts
// while a message is under way.
std::optional<std::int64_t> CorrectedStamps::by_ours(std::uint16_t node, std::uint32_t stamp,
                                                     std::int64_t near_ns) const {
  if (node != net_.root && !link_to_.contains(node)) return std::nullopt;
  const auto way = way_to(node);
  std::int64_t ours = near_ns;
  for (int step = 0; step < 2; ++step) {
    const auto shown = static_cast<std::uint32_t>(ours + ahead(way, ours));
    ours += static_cast<std::int32_t>(stamp - shown);
  }
  return ours;
}

std::int64_t CorrectedStamps::our_time(std::uint16_t node, std::int64_t shown_ns) const {
  const auto way = way_to(node);
  std::int64_t ours = shown_ns;
  for (int step = 0; step < 3; ++step) ours = shown_ns - ahead(way, ours);
  return ours;
}

wire::StampBlock CorrectedStamps::corrected(const wire::StampBlock& block,
                                            std::size_t to_place) const {
  wire::StampBlock corrected = block;
  if (links_.empty()) return corrected;
  const StampNodes nodes = nodes_of(block, net_.edge(to_place), net_);
  for (std::size_t at = 0; at < nodes.size(); ++at) {
    if (!block.has(static_cast<wire::Stamp>(at))) continue;
    const auto ours =
        by_ours(nodes[at], block.at[at], static_cast<std::int64_t>(block.intended_ns));
    if (ours) {
      corrected.at[at] = static_cast<std::uint32_t>(*ours);
    } else {
      corrected.present = static_cast<std::uint16_t>(corrected.present & ~(1U << at));
    }
  }
  return corrected;
}

std::optional<std::int64_t> CorrectedStamps::bound(const wire::StampBlock& block,
                                                   std::size_t to_place, wire::Stamp from,
                                                   wire::Stamp to) const {
  const StampNodes nodes = nodes_of(block, net_.edge(to_place), net_);
  const std::uint16_t a = nodes[static_cast<unsigned>(from)];
  const std::uint16_t b = nodes[static_cast<unsigned>(to)];
  if (a == 0 || b == 0) return std::nullopt;
  if (a == b) return 0;
  const auto way_a = way_to(a), way_b = way_to(b);
  const bool known = (a == net_.root || !way_a.empty()) && (b == net_.root || !way_b.empty());
  if (!known) return std::nullopt;
  // Both go the same way as far as the clock where they part: that part says nothing against
  // either.
  const auto part = std::mismatch(way_a.begin(), way_a.end(), way_b.begin(), way_b.end());
  const auto common = static_cast<std::size_t>(part.first - way_a.begin());
  std::int64_t sum = 0;
  for (const auto* way : {&way_a, &way_b}) {
    auto time = static_cast<std::int64_t>(block.intended_ns);
    for (std::size_t i = 0; i < way->size(); ++i) {
      const ClockLink& link = *(*way)[i];
      const ClockOffset offset = link.curve.at(time);
      if (i >= common && !link.bounded) return std::nullopt;
      if (i >= common) sum += offset.bound();
      time += offset.middle();
    }
  }
  return sum;
}

}  // namespace trunkline::lab
