#include "cluster/edge_tools.h"

#include <unistd.h>

#include <boost/json.hpp>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <map>
#include <stdexcept>
#include <thread>

#include "lab/admin_client.h"
#include "wire/run_directory.h"

namespace trunkline::cluster {
namespace {

namespace json = boost::json;
using wire::AdminVerb;

constexpr std::chrono::milliseconds kLookEvery{200};
constexpr int kLooksPerLine = 25;  // where stderr is no terminal

struct Edge {
  std::string name, url;
  wire::RankId rank = wire::kNoRank;
  std::size_t threads = 0, sessions = 0;
};

class Edges {
 public:
  explicit Edges(const Where& where)
      : cluster_(
            wire::read_cluster_file(wire::find_run_directory(where.run_directory, where.data))),
        client_(lab::connect_admin(cluster_)) {}

  // As the ranks see them, by name.
  std::map<std::string, Edge> all() {
    std::map<std::string, Edge> edges;
    for (const wire::RankEntry& rank : cluster_.ranks) {
      const json::value answer = ask(AdminVerb::edges, rank.rank, {}, {});
      for (const json::value& row : answer.at("edges").as_array()) {
        const std::string name(row.at("edge").as_string());
        Edge& edge = edges[name];
        edge.name = name;
        edge.url = row.at("url").as_string();
        edge.rank = rank.rank;
        ++edge.threads;
        edge.sessions += row.at("sessions").to_number<std::size_t>();
      }
    }
    return edges;
  }

  Edge find(const std::string& name) {
    const auto edges = all();
    const auto found = edges.find(name);
    if (found != edges.end()) return found->second;
    std::string names;
    for (const auto& [other, edge] : edges) names += " " + other;
    throw std::runtime_error("no edge " + name + " is attached to a rank; there are:" + names);
  }

  // Throws std::runtime_error with what the edge said if it would not.
  json::value tell(const Edge& edge, AdminVerb verb, const std::string& argument = {}) {
    return ask(verb, edge.rank, edge.name, argument);
  }

 private:
  json::value ask(AdminVerb verb, wire::RankId rank, const std::string& edge,
                  const std::string& argument) {
    const auto answer = client_.ask(verb, rank, edge, argument);
    if (!answer.done) throw std::runtime_error(edge + (edge.empty() ? "" : ": ") + answer.text);
    return json::parse(answer.text);
  }

  wire::ClusterFile cluster_;
  lab::AdminClient client_;
};

std::string date_of(std::int64_t seconds) {
  const auto when = static_cast<std::time_t>(seconds);
  char text[32] = {};
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", std::gmtime(&when));
  return text;
}

int list(Edges& edges) {
  int result = 0;
  for (const auto& [name, edge] : edges.all()) {
    try {
      const json::value status = edges.tell(edge, AdminVerb::edge_status);
      const auto expires = status.at("certificate_expires_s").to_number<std::int64_t>();
      std::printf("%-9s rank %-4u %-9s %7zu sessions  %s%s%s\n", name.c_str(), unsigned{edge.rank},
                  status.at("state").as_string().c_str(), edge.sessions, edge.url.c_str(),
                  expires == 0 ? "" : "  certificate until ",
                  expires == 0 ? "" : date_of(expires).c_str());
    } catch (const std::runtime_error& problem) {
      std::fprintf(stderr, "trunkline: %s\n", problem.what());
      result = 1;
    }
  }
  return result;
}

// Where other edges that serve are reached by anyone.
json::array urls_of_others(Edges& edges, const std::string& drained) {
  json::array urls;
  for (const auto& [name, edge] : edges.all()) {
    const bool is_reached = edge.url.starts_with("ws://") || edge.url.starts_with("wss://");
    if (name == drained || !is_reached) continue;
    if (edges.tell(edge, AdminVerb::edge_status).at("state").as_string() == "serving") {
      urls.emplace_back(edge.url);
    }
  }
  if (urls.empty()) {
    throw std::runtime_error("no other edge serves, so the clients of " + drained +
                             " would have nowhere to go: give --url");
  }
  return urls;
}

void wait_until_empty(Edges& edges, const std::string& name) {
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  const std::size_t before = edges.find(name).sessions;
  for (int look = 0;; ++look) {
    const std::size_t left = edges.find(name).sessions;
    if (terminal) {
      std::fprintf(stderr, "\r%s: %zu of %zu sessions left  ", name.c_str(), left, before);
    } else if (look % kLooksPerLine == 0 || left == 0) {
      std::fprintf(stderr, "%s: %zu of %zu sessions left\n", name.c_str(), left, before);
    }
    if (left == 0) break;
    std::this_thread::sleep_for(kLookEvery);
  }
  if (terminal) std::fprintf(stderr, "\n");
}

int drain(Edges& edges, const EdgeCommand& command) {
  const Edge edge = edges.find(command.edge);
  json::array urls(command.urls.begin(), command.urls.end());
  if (urls.empty()) urls = urls_of_others(edges, edge.name);
  edges.tell(edge, AdminVerb::edge_drain,
             json::serialize(json::object{{"urls", urls}, {"rate", command.rate}}));
  if (command.no_wait) {
    std::printf("%s drains\n", edge.name.c_str());
    return 0;
  }
  wait_until_empty(edges, edge.name);
  std::printf("%s is drained; `trunkline admin undrain %s` lets clients in again\n",
              edge.name.c_str(), edge.name.c_str());
  return 0;
}

int reload(Edges& edges, const std::string& name) {
  std::map<std::string, Edge> told;
  if (name.empty()) {
    told = edges.all();
  } else {
    told[name] = edges.find(name);
  }
  int result = 0;
  for (const auto& [each, edge] : told) {
    try {
      const json::value answer = edges.tell(edge, AdminVerb::edge_reload);
      std::printf("%s has taken %s\n", each.c_str(), answer.at("taken").as_string().c_str());
    } catch (const std::runtime_error& problem) {
      std::fprintf(stderr, "trunkline: %s; what it uses stays as it is\n", problem.what());
      result = 1;
    }
  }
  return result;
}

}  // namespace

int administer_edges(const Where& where, const EdgeCommand& command) {
  using Verb = EdgeCommand::Verb;
  Edges edges(where);
  switch (command.verb) {
    case Verb::list:
      return list(edges);
    case Verb::drain:
      return drain(edges, command);
    case Verb::undrain:
      edges.tell(edges.find(command.edge), AdminVerb::edge_undrain);
      std::printf("%s lets clients in\n", command.edge.c_str());
      return 0;
    case Verb::reload:
      return reload(edges, command.edge);
    case Verb::none:
      break;
  }
  return 2;
}

}  // namespace trunkline::cluster
