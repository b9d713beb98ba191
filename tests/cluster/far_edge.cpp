#include "tests/cluster/far_edge.h"

#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>

#include "tests/support/signals.h"
#include "wire/cluster_file.h"

namespace trunkline::tests {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

FarEdge::FarEdge(const SupervisedCluster& cluster, unsigned rank) {
  constexpr std::string_view kScheme = "tcp://";
  wire::ClusterFile file = wire::read_cluster_file(cluster.run_directory());
  std::string& endpoint = file.ranks.at(rank).tcp_endpoint;
  link_ = std::make_unique<ChaosProxy>(endpoint.substr(kScheme.size()));
  endpoint = std::string(kScheme) + "127.0.0.1:" + std::to_string(link_->port());
  const std::string name = "far" + std::to_string(rank);
  const std::string run_directory = cluster.directory() + "/" + name;
  fs::create_directory(run_directory);
  wire::write_cluster_file(run_directory, file);

  events_ = std::make_unique<cluster::Events>(run_directory);
  die_of_signals();
  cluster::Spawn spawn;
  spawn.arguments = {fs::read_symlink("/proc/self/exe").parent_path() / "trunkline-edge",
                     "--run-dir",
                     run_directory,
                     "--rank",
                     std::to_string(rank),
                     "--name",
                     name,
                     "--port",
                     "0",
                     "--plain",
                     "--tcp",
                     "--curve-key-file",
                     cluster.run_directory() + "/edge1.curve"};
  spawn.log = run_directory + "/edge.log";
  spawn.output = events_->line_pipe([this](std::string_view line) {
    constexpr std::string_view kBefore = " listens on ";
    if (const auto at = line.find(kBefore); at != line.npos) {
      url_ = line.substr(at + kBefore.size());
    }
  });
  process_ = cluster::Process(spawn);
  ::close(spawn.output);
  events_->wait_until([&] { return !url_.empty() || process_.ended(); }, 15s);
  if (url_.empty()) throw std::runtime_error("no far edge:\n" + content_of(spawn.log));
}

FarEdge::~FarEdge() {
  process_.signal(SIGTERM);
  if (!events_->wait_until([&] { return process_.ended(); }, 10s)) process_.signal(SIGKILL);
}

}  // namespace trunkline::tests
