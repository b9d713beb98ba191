#include "lab/targets.h"

#include <boost/json.hpp>
#include <cstdio>
#include <fstream>
#include <stdexcept>

#include "lab/admin_client.h"
#include "lab/whole_file.h"

namespace trunkline::lab {

namespace {

constexpr const char* kSupervisorFileName = "supervisor.json";

// Edges in processes of their own; none where nobody supervises.
void add_supervised_edges(const std::string& run_directory, Targets& targets) {
  const std::string path = run_directory + "/" + kSupervisorFileName;
  const auto text = read_whole(path);
  if (!text) return;
  try {
    const boost::json::value whole = boost::json::parse(*text);
    for (const boost::json::value& edge : whole.at("edges").as_array()) {
      targets.urls.emplace_back(edge.at("url").as_string());
      targets.pids.push_back(edge.at("pid").to_number<int>());
    }
  } catch (const std::exception& problem) {
    throw std::runtime_error(path + ": " + problem.what());
  }
}

}  // namespace

Targets find_targets(const std::string& run_directory) {
  Targets targets;
  targets.cluster = wire::read_cluster_file(run_directory);
  for (const wire::RankEntry& rank : targets.cluster.ranks) {
    targets.pids.push_back(static_cast<int>(rank.pid));
    if (!rank.url.empty()) targets.urls.push_back(rank.url);
  }
  add_supervised_edges(run_directory, targets);
  return targets;
}

std::vector<Login> numbered_logins(const std::string& prefix, std::size_t count) {
  std::vector<Login> logins;
  for (std::size_t number = 1; number <= count; ++number) {
    char digits[24];
    std::snprintf(digits, sizeof digits, "%04zu", number);
    logins.push_back({prefix + digits, prefix + digits});
  }
  return logins;
}

std::vector<Login> read_logins(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read the accounts in " + path);
  std::vector<Login> logins;
  Login login;
  while (file >> login.user >> login.password) logins.push_back(login);
  return logins;
}

void make_users(const wire::ClusterFile& cluster, const std::vector<Login>& logins) {
  AdminClient admin = connect_admin(cluster);
  std::string listed;
  for (const wire::RankEntry& rank : cluster.ranks) listed += admin.list(rank.rank).text;
  for (const Login& login : logins) {
    if (listed.find('"' + login.user + '"') != std::string::npos) continue;
    const AdminClient::Answer answer =
        admin.add_user(login.user, login.password, cluster.iterations);
    if (!answer.done) throw std::runtime_error("user " + login.user + ": " + answer.text);
  }
}

}  // namespace trunkline::lab
