#include "lab/server_counters.h"

#include <sstream>
#include <stdexcept>

#include "lab/admin_client.h"

namespace trunkline::lab {

namespace {

constexpr std::string_view kPrefix = "trunkline_rank_";

// name{rank="0",cause="x"} becomes name{cause="x"}.
std::string without_rank(std::string key) {
  const std::size_t label = key.find("rank=\"");
  if (label == std::string::npos) return key;
  std::size_t end = key.find('"', label + 6) + 1;
  if (end < key.size() && key[end] == ',') ++end;
  key.erase(label, end - label);
  if (key.ends_with("{}")) key.resize(key.size() - 2);
  return key;
}

}  // namespace

void add_metrics(ServerCounters& counters, const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t space = line.rfind(' ');
    if (!line.starts_with(kPrefix) || space == std::string::npos) continue;
    const std::string key = line.substr(kPrefix.size(), space - kPrefix.size());
    counters[without_rank(key)] += std::stod(line.substr(space + 1));
  }
}

ServerCounters read_server_counters(const wire::ClusterFile& cluster) {
  ServerCounters counters;
  AdminClient admin = connect_admin(cluster);
  for (const wire::RankEntry& rank : cluster.ranks) {
    const AdminClient::Answer answer = admin.metrics(rank.rank);
    if (!answer.done) throw std::runtime_error("no metrics of a rank: " + answer.text);
    add_metrics(counters, answer.text);
  }
  return counters;
}

ServerCounters difference(const ServerCounters& after, const ServerCounters& before) {
  ServerCounters result = after;
  for (const auto& [key, value] : before) result[key] -= value;
  return result;
}

std::map<std::string, double> by_label(const ServerCounters& counters, const std::string& name) {
  std::map<std::string, double> found;
  for (auto at = counters.lower_bound(name + "{"); at != counters.end(); ++at) {
    if (!at->first.starts_with(name + "{")) break;
    const std::size_t begin = at->first.find('"') + 1;
    found[at->first.substr(begin, at->first.rfind('"') - begin)] = at->second;
  }
  return found;
}

}  // namespace trunkline::lab
