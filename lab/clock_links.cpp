#include "lab/clock_links.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace trunkline::lab {
namespace {

constexpr std::string_view kNames[] = {"hull", "hca3", "offset", "none"};
constexpr std::int64_t kStepNs = ClockCurve::Config().step_ns;
constexpr std::int64_t kFirstSecondsNs = 3'000'000'000;  // that hca3's line is laid through

// The same four stamps, as the other sees them.
ClockExchange turned(const ClockExchange& exchange) {
  return {exchange.other_sent, exchange.received, exchange.sent, exchange.other_received};
}

std::vector<ClockExchange> seen_from(const ClockPair& pair, std::uint16_t node) {
  std::vector<ClockExchange> exchanges = pair.exchanges;
  if (node == pair.us) return exchanges;
  for (ClockExchange& exchange : exchanges) exchange = turned(exchange);
  return exchanges;
}

std::int64_t middle_time(const ClockExchange& exchange) {
  return exchange.sent + (exchange.received - exchange.sent) / 2;
}

ClockOffset envelope(const ClockExchange& exchange) {
  return {exchange.other_sent - exchange.received, exchange.other_received - exchange.sent};
}

// A knot each second, from before the first exchange to after the last.
template <class At>
ClockCurve curve_over(const std::vector<ClockExchange>& exchanges, const At& at) {
  std::int64_t first = std::numeric_limits<std::int64_t>::max();
  std::int64_t last = std::numeric_limits<std::int64_t>::min();
  for (const ClockExchange& each : exchanges) {
    first = std::min({first, each.sent, each.received});
    last = std::max({last, each.sent, each.received});
  }
  std::vector<ClockCurve::Knot> knots;
  for (std::int64_t time = first; time < last + kStepNs; time += kStepNs) {
    knots.push_back({time, at(time)});
  }
  return {std::move(knots), {}};
}

ClockCurve offset_curve(const std::vector<ClockExchange>& exchanges, std::size_t first_burst) {
  ClockOffset all = envelope(exchanges.front());
  for (std::size_t i = 1; i < first_burst; ++i) {
    const ClockOffset one = envelope(exchanges[i]);
    all = {std::max(all.low, one.low), std::min(all.high, one.high)};
  }
  const std::int64_t when = middle_time(exchanges.front());
  return curve_over(exchanges, [&](std::int64_t time) {
    const auto since = static_cast<double>(std::abs(time - when) + kStepNs);
    const auto drifted = static_cast<std::int64_t>(std::ceil(kClockDriftMost * since));
    return ClockOffset{all.low - drifted, all.high + drifted};
  });
}

ClockCurve hca3_curve(const std::vector<ClockExchange>& exchanges) {
  const std::int64_t begin = middle_time(exchanges.front());
  const std::int64_t base = envelope(exchanges.front()).middle();
  double n = 0, sum_x = 0, sum_y = 0, sum_xx = 0, sum_xy = 0;
  for (const ClockExchange& each : exchanges) {
    const auto x = static_cast<double>(middle_time(each) - begin);
    if (x > static_cast<double>(kFirstSecondsNs)) continue;
    const auto y = static_cast<double>(envelope(each).middle() - base);
    n += 1, sum_x += x, sum_y += y, sum_xx += x * x, sum_xy += x * y;
  }
  const double spread = n * sum_xx - sum_x * sum_x;
  const double slope = spread > 0 ? (n * sum_xy - sum_x * sum_y) / spread : 0;
  const double start = (sum_y - slope * sum_x) / n;
  return curve_over(exchanges, [&](std::int64_t time) {
    const double there = start + slope * static_cast<double>(time - begin);
    const std::int64_t offset = base + std::llround(there);
    return ClockOffset{offset, offset};
  });
}

std::int64_t shortest_round_trip(const ClockPair& pair) {
  std::int64_t shortest = std::numeric_limits<std::int64_t>::max();
  for (const ClockExchange& each : pair.exchanges) shortest = std::min(shortest, round_trip(each));
  return shortest;
}

}  // namespace

std::string_view to_string(ClockAlgorithm algorithm) {
  return kNames[static_cast<std::size_t>(algorithm)];
}

std::optional<ClockAlgorithm> clock_algorithm_named(std::string_view name) {
  const auto* const found = std::find(std::begin(kNames), std::end(kNames), name);
  if (found == std::end(kNames)) return std::nullopt;
  return static_cast<ClockAlgorithm>(found - std::begin(kNames));
}

ClockCurve clock_curve(std::vector<ClockExchange> exchanges, std::size_t first_burst,
                       ClockAlgorithm algorithm) {
  switch (algorithm) {
    case ClockAlgorithm::hull:
      return ClockTrack(std::move(exchanges)).curve();
    case ClockAlgorithm::hca3:
      return hca3_curve(exchanges);
    case ClockAlgorithm::offset:
      return offset_curve(exchanges, first_burst);
    case ClockAlgorithm::none:
      break;
  }
  return {};
}

std::vector<ClockLink> links_of(const ClockExchanges& exchanges, ClockAlgorithm algorithm) {
  std::vector<ClockLink> links;
  if (algorithm == ClockAlgorithm::none) return links;
  std::vector<const ClockPair*> pairs;
  for (const ClockPair& pair : exchanges.pairs()) pairs.push_back(&pair);
  std::sort(pairs.begin(), pairs.end(), [](const ClockPair* a, const ClockPair* b) {
    return shortest_round_trip(*a) < shortest_round_trip(*b);
  });
  // Prim's tree: always the quickest link between what is reached and what is not.
  std::set<std::uint16_t> reached{exchanges.net().root};
  for (;;) {
    const auto leads_on = [&](const ClockPair* pair) {
      return reached.contains(pair->us) != reached.contains(pair->other);
    };
    const auto next = std::find_if(pairs.begin(), pairs.end(), leads_on);
    if (next == pairs.end()) return links;
    const ClockPair& pair = **next;
    const bool forward = reached.contains(pair.us);
    const std::uint16_t from = forward ? pair.us : pair.other;
    const std::uint16_t to = forward ? pair.other : pair.us;
    links.push_back({from, to, algorithm != ClockAlgorithm::hca3,
                     clock_curve(seen_from(pair, from), pair.first_burst, algorithm)});
    reached.insert(to);
  }
}

}  // namespace trunkline::lab
