// `trunkline VERB …` on a supervised cluster, while clients go on.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "cluster/process.h"
#include "tests/cluster/supervised_cluster.h"

namespace trunkline::tests {

class RunningVerb {
 public:
  // Begins at once.
  RunningVerb(const SupervisedCluster& cluster, std::vector<std::string> verb)
      : log_(cluster.directory() + "/" + verb.back() + std::to_string(++count()) + ".said") {
    cluster::Spawn spawn;
    const auto programs = std::filesystem::read_symlink("/proc/self/exe").parent_path();
    spawn.arguments = {programs / "trunkline"};
    spawn.arguments.insert(spawn.arguments.end(), verb.begin(), verb.end());
    spawn.arguments.insert(spawn.arguments.end(), {"--run-dir", cluster.run_directory()});
    spawn.log = log_;
    process_ = cluster::Process(spawn);
  }
  bool ended() { return process_.ended(); }
  int exit_status() const { return process_.exit_status(); }
  std::string said() const { return content_of(log_); }  // stdout and stderr

 private:
  static unsigned& count() {
    static unsigned count = 0;
    return count;
  }
  std::string log_;
  cluster::Process process_;
};

}  // namespace trunkline::tests
