// The cluster file, RUN/cluster.json: where edges and tools find the ranks. Written by rank 0 when
// all ranks serve (renamed into place, so a reader sees a whole one or none), read by everyone
// else.
#pragma once

#include <string>
#include <vector>

#include "wire/ids.h"

namespace trunkline::wire {

struct RankEntry {
  RankId rank = kNoRank;
  std::string host;
  std::int64_t pid = 0;
  std::string endpoint;      // ipc:// of the ports; for edges on its host
  std::string tcp_endpoint;  // tcp:// with CURVE, for gateway hosts; empty: none
  std::string public_key;    // Z85, of tcp_endpoint
  std::string admin_socket;  // path of a UNIX stream socket
  std::string url;           // of the edge that this rank hosts; empty: none
};

struct ClusterFile {
  Epoch epoch = 0;
  std::string job;            // random; tells two jobs of one epoch apart
  std::int64_t start_ms = 0;  // Unix time
  std::string version;
  std::string storage;           // disk, tmpfs, memory
  std::uint32_t iterations = 0;  // of PBKDF2, for every verifier of this cluster
  std::vector<RankEntry> ranks;
};

inline constexpr const char* kClusterFileName = "cluster.json";

std::string to_json(const ClusterFile& file);
// Throws std::runtime_error that says what is wrong and where.
ClusterFile parse_cluster_file(std::string_view json);
// Writes RUN/cluster.json, mode 0600, by a temporary file and rename. Throws std::system_error.
void write_cluster_file(const std::string& run_directory, const ClusterFile& file);
// Reads RUN/cluster.json. Throws std::runtime_error that names the path.
ClusterFile read_cluster_file(const std::string& run_directory);

}  // namespace trunkline::wire
