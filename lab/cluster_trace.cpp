#include "lab/cluster_trace.h"

#include <algorithm>
#include <boost/json.hpp>
#include <stdexcept>

namespace trunkline::lab {
namespace json = boost::json;
using wire::AdminVerb;

namespace {

std::string name_of(wire::RankId rank, const std::string& edge) {
  return edge.empty() ? "rank " + std::to_string(rank) : "edge " + edge;
}

}  // namespace

ClusterTrace::ClusterTrace(const wire::ClusterFile& cluster) : client_(connect_admin(cluster)) {
  for (const wire::RankEntry& rank : cluster.ranks) {
    processes_.push_back({rank.rank, {}});
    const auto answer = client_.ask(AdminVerb::edges, rank.rank);
    if (!answer.done) throw std::runtime_error(name_of(rank.rank, {}) + ": " + answer.text);
    const json::value text = json::parse(answer.text);
    for (const json::value& edge : text.at("edges").as_array()) {
      // An edge in the rank's own process is traced with it; an edge has one row a thread.
      const bool hosted = edge.at("url").as_string() == rank.url;
      if (hosted || edge.at("thread").as_int64() != 0) continue;
      processes_.push_back({rank.rank, std::string(edge.at("edge").as_string())});
    }
  }
}

std::string ClusterTrace::ask(const Process& process, wire::BytesView word) {
  const AdminVerb verb = process.edge.empty() ? AdminVerb::trace : AdminVerb::edge_trace;
  AdminClient::Answer answer = client_.ask(verb, process.rank, process.edge, word);
  if (!answer.done) {
    throw std::runtime_error(name_of(process.rank, process.edge) + ": " + answer.text);
  }
  return std::move(answer.text);
}

std::vector<ClusterTrace::State> ClusterTrace::tell(const std::string& word) {
  std::vector<State> states;
  for (const Process& process : processes_) {
    const json::value answer = json::parse(ask(process, word));
    states.push_back({name_of(process.rank, process.edge), answer.at("on").as_bool(),
                      answer.at("cards").to_number<std::uint64_t>(),
                      answer.at("lost").to_number<std::uint64_t>()});
  }
  return states;
}

std::vector<ClusterTrace::State> ClusterTrace::on(std::size_t cards_per_ring) {
  return tell("on " + std::to_string(cards_per_ring));
}
std::vector<ClusterTrace::State> ClusterTrace::off() {
  return tell("off");
}
std::vector<ClusterTrace::State> ClusterTrace::status() {
  return tell("status");
}

std::vector<ClusterTrace::Cards> ClusterTrace::take() {
  std::vector<Cards> all;
  for (const Process& process : processes_) {
    Cards one{name_of(process.rank, process.edge), {}};
    for (;;) {
      const std::vector<wire::Card> more = wire::decode_cards(ask(process, "take"));
      if (more.empty()) break;
      one.cards.insert(one.cards.end(), more.begin(), more.end());
    }
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace trunkline::lab
