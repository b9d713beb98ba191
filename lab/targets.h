// What to load, and whom to watch: edges and processes of a running cluster, and accounts.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "wire/cluster_file.h"

namespace trunkline::lab {

struct Targets {
  wire::ClusterFile cluster;
  std::vector<std::string> urls;  // of all edges, in their order
  std::vector<int> pids;          // of ranks and edges
};
// From the files of a run directory: cluster.json, and supervisor.json where somebody supervises.
// Throws std::runtime_error that names the file.
Targets find_targets(const std::string& run_directory);

struct Login {
  std::string user, password;
};
// u0001, u0002 … with the password equal to the name; another prefix by `prefix`.
std::vector<Login> numbered_logins(const std::string& prefix, std::size_t count);
// A file with a user and a password on each line, separated by a space. Throws std::runtime_error.
std::vector<Login> read_logins(const std::string& path);
// Adds those that are missing, by the admin socket. Throws std::runtime_error.
void make_users(const wire::ClusterFile& cluster, const std::vector<Login>& logins);

}  // namespace trunkline::lab
