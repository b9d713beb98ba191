#include "lab/clock_exchanges.h"

#include <algorithm>

#include "lab/format.h"

namespace trunkline::lab {
namespace {

constexpr std::size_t kKeptOf = 4;

}  // namespace

std::int64_t round_trip(const ClockExchange& exchange) {
  return exchange.received - exchange.sent - (exchange.other_sent - exchange.other_received);
}

void ClockExchanges::learn(const PingPong& both) {
  net_.root = both.ping.node[0];
  net_.edges.resize(std::max({net_.edges.size(), both.from + 1, both.to + 1}));
  net_.edges[both.from] = both.ping.node[1];
  net_.edges[both.to] = both.pong.node[1];
  for (const wire::StampBlock* block : {&both.ping, &both.pong}) {
    for (const std::uint16_t node : block->node) net_.nodes.insert(node);
    net_.ranks.insert({block->node[2], block->node[3]});
  }
}

std::int64_t ClockExchanges::whole(std::uint16_t node, std::uint32_t stamp, std::int64_t near_ns) {
  std::int64_t& ahead = ahead_ns_[node];
  const std::int64_t expected = near_ns + (node == net_.root ? 0 : ahead);
  const std::int64_t time =
      expected + static_cast<std::int32_t>(stamp - static_cast<std::uint32_t>(expected));
  ahead = time - near_ns;
  return time;
}

std::vector<ClockExchanges::Visit> ClockExchanges::visits(const PingPong& both) {
  std::vector<Visit> road;
  for (const bool back : {false, true}) {
    const wire::StampBlock& block = back ? both.pong : both.ping;
    const StampNodes nodes = nodes_of(block, net_.edge(back ? both.from : both.to), net_);
    for (std::size_t at = 0; at < nodes.size(); ++at) {
      if (nodes[at] == 0) continue;
      road.push_back({nodes[at], whole(nodes[at], block.at[at], both.ended_ns)});
    }
  }
  return road;
}

void ClockExchanges::contradict(const std::vector<Visit>& road) {
  std::map<std::uint16_t, std::int64_t> before;
  for (const Visit& visit : road) {
    const auto [seen, first] = before.insert({visit.node, visit.at_ns});
    if (!first && visit.at_ns < seen->second) {
      contradiction_ = format(
          "by the clock of node %04x a message came %.1f us before it was sent: two hosts have "
          "this "
          "number, or the clock goes back",
          unsigned{visit.node}, static_cast<double>(seen->second - visit.at_ns) / 1000);
    }
    seen->second = visit.at_ns;
  }
}

void ClockExchanges::add(const PingPong& both) {
  learn(both);
  const std::vector<Visit> road = visits(both);
  contradict(road);
  // Of each two clocks the quickest way there and back, in whichever order the message took them.
  std::map<std::pair<std::uint16_t, std::uint16_t>, ClockExchange> best;
  for (std::size_t there = 1; there < road.size(); ++there) {
    for (std::size_t back = 1; back < road.size(); ++back) {
      const Visit &left = road[there - 1], &came = road[there];
      const Visit &left_back = road[back - 1], &came_back = road[back];
      const bool returns = left.node == came_back.node && came.node == left_back.node;
      if (!returns || left.node >= came.node) continue;
      const ClockExchange exchange{left.at_ns, came.at_ns, left_back.at_ns, came_back.at_ns};
      const auto [known, first] = best.insert({{left.node, came.node}, exchange});
      if (!first && round_trip(exchange) < round_trip(known->second)) known->second = exchange;
    }
  }
  for (const auto& [nodes, exchange] : best) {
    burst_[nodes].push_back({exchange, {both.from, both.to}});
  }
}

void ClockExchanges::end_burst() {
  for (auto& [nodes, all] : burst_) {
    std::sort(all.begin(), all.end(), [](const Found& a, const Found& b) {
      return round_trip(a.exchange) < round_trip(b.exchange);
    });
    all.resize((all.size() + kKeptOf - 1) / kKeptOf);
    const auto is_it = [&nodes = nodes](const ClockPair& pair) {
      return std::pair(pair.us, pair.other) == nodes;
    };
    auto pair = std::find_if(pairs_.begin(), pairs_.end(), is_it);
    if (pair == pairs_.end()) {
      pair = pairs_.insert(
          pair, ClockPair{nodes.first, nodes.second, {}, all.size(), all.front().places});
    }
    for (const Found& one : all) pair->exchanges.push_back(one.exchange);
  }
  burst_.clear();
}

}  // namespace trunkline::lab
