#include "lab/clock_findings.h"

#include <algorithm>
#include <boost/json.hpp>

#include "lab/format.h"

namespace trunkline::lab {
namespace json = boost::json;

namespace {

// Stamps are whole nanoseconds of two clocks.
constexpr std::int64_t kRoundingNs = 2;

}  // namespace

ClockFindings::ClockFindings(const ClockExchanges& exchanges, ClockAlgorithm algorithm,
                             std::string problem)
    : looked_(true),
      contradicted_(!exchanges.contradiction().empty()),
      algorithm_(algorithm),
      problem_(std::move(problem)),
      stamps_(exchanges.net(),
              problem_.empty() ? links_of(exchanges, algorithm) : std::vector<ClockLink>()) {}

void ClockFindings::add(const wire::StampBlock& block, std::size_t to_place, HopTable& hops) {
  const wire::StampBlock corrected = stamps_.corrected(block, to_place);
  hops.add(corrected);
  for (const Hop& hop : hops_of(corrected)) {
    const auto bound = stamps_.bound(block, to_place, hop.from, hop.to);
    Bound& worst = bounds_[{hop.from, hop.to}];
    worst.known = worst.known && bound.has_value();
    worst.worst_ns = std::max(worst.worst_ns, bound.value_or(0));
    const std::int64_t beyond = -hop.nanoseconds - bound.value_or(0) - kRoundingNs;
    if (beyond <= 0) continue;
    ++violations_;
    worst_violation_ns_ = std::max(worst_violation_ns_, beyond);
  }
}

ClockFindings::Bound ClockFindings::bound(wire::Stamp from, wire::Stamp to) const {
  const auto found = bounds_.find({from, to});
  return found == bounds_.end() ? Bound{} : found->second;
}

std::optional<std::int64_t> widest_bound(const ClockFindings& findings) {
  std::int64_t widest = 0;
  for (const ClockLink& link : findings.stamps().links()) {
    if (!link.bounded) return std::nullopt;
    for (const auto& knot : link.curve.knots()) widest = std::max(widest, knot.offset.bound());
  }
  for (const auto& [_, bound] : findings.bounds()) {
    if (!bound.known) return std::nullopt;
    widest = std::max(widest, bound.worst_ns);
  }
  return widest;
}

json::value to_json(const ClockFindings& findings) {
  if (!findings.looked()) return nullptr;
  const ClockNet& net = findings.stamps().net();
  const auto widest = widest_bound(findings);
  const bool several = net.nodes.size() > 1;
  return {{"hosts", net.nodes.empty() ? json::value() : json::value(net.nodes.size())},
          {"algorithm", several ? json::value(to_string(findings.algorithm())) : json::value()},
          {"bound_us", several && !widest  ? json::value()
                       : net.nodes.empty() ? json::value()
                                           : json::value(static_cast<double>(*widest) / 1000)},
          {"violations", findings.violations()},
          {"problem", findings.problem().empty() ? json::value() : json::value(findings.problem())},
          {"text", clock_sentence(findings)},
          {"root", net.root},
          {"edges", json::value_from(net.edges)},
          {"rank_nodes", json::value_from(net.ranks)},
          {"ranks", net.rank_count}};
}

std::string clock_sentence(const ClockFindings& findings) {
  if (!findings.looked()) return {};
  if (!findings.problem().empty()) {
    return "clocks were not compared (" + findings.problem() +
           "): hops between hosts say nothing, the end-to-end time has one clock and holds";
  }
  if (findings.hosts() == 1) return "single host: one clock, hops are exact";
  const std::string hosts = format("clocks of %zu hosts, by %s: ", findings.hosts(),
                                   std::string(to_string(findings.algorithm())).c_str());
  switch (findings.algorithm()) {
    case ClockAlgorithm::none:
      return hosts + "stamps as they are, hops between hosts have no bound";
    case ClockAlgorithm::hca3:
      return hosts +
             "a line through the first 3 s, extrapolated; hops between hosts have no "
             "guaranteed bound";
    case ClockAlgorithm::hull:
    case ClockAlgorithm::offset:
      break;
  }
  return hosts + format("hops between hosts are known to ±%.1f µs, for certain",
                        static_cast<double>(widest_bound(findings).value_or(0)) / 1000);
}

}  // namespace trunkline::lab
