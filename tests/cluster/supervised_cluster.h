// A real `trunkline start` on loopback, with free ports and a directory of its own, and the
// processes it runs, so that a test can kill them one by one.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "cluster/events.h"
#include "cluster/process.h"
#include "tests/support/temporary_directory.h"

namespace trunkline::tests {

class SupervisedCluster {
 public:
  struct Options {
    unsigned ranks = 2;
    std::string edges = "2";
    std::vector<std::string> accounts;          // their passwords are their names
    std::vector<std::string> more;              // further options of `trunkline start`
    std::vector<std::string> environment = {};  // NAME=VALUE, for all that runs
    std::string data = {};                      // empty: in the directory of its own
  };
  // Waits for `ready`. Throws std::runtime_error with the supervisor's log if it does not come.
  explicit SupervisedCluster(Options options);
  ~SupervisedCluster();  // an orderly stop, or the end

  // Of the edges, as they listened at the last start.
  const std::vector<std::string>& urls() const { return urls_; }
  // As they listen now: edges inside ranks get other ports with each job.
  std::vector<std::string> urls_now() const;
  const std::string& directory() const { return directory_; }
  std::string run_directory() const { return directory_ + "/run"; }
  std::string data() const { return options_.data.empty() ? directory_ + "/data" : options_.data; }
  pid_t supervisor_pid() const { return supervisor_.pid(); }
  pid_t mpirun_pid() const;
  pid_t rank_pid(unsigned rank) const;
  pid_t edge_pid(unsigned edge) const;
  void ask_to_stop() { supervisor_.signal(SIGTERM); }
  bool ended() { return supervisor_.ended(); }
  // SIGTERM to the supervisor; its exit status. Everything that ran is then gone (checked: `left`).
  int stop();
  // SIGKILL to the supervisor alone.
  void kill_supervisor();
  // `trunkline start` on the same data, after the supervisor has ended. The URLs are new ones.
  void start_again();
  // The first line that `trunkline start` has printed with this beginning; empty: none.
  std::string printed(std::string_view beginning) const;
  // What supervisors of this cluster have said, line by line.
  std::vector<std::string> said() const;
  // mpirun, ranks and edges of this cluster that still run.
  std::vector<pid_t> left() const;

 private:
  void start(const std::vector<std::string>& more);
  std::string log() const;
  Options options_;
  TemporaryDirectory temporary_;
  const std::string& directory_ = temporary_.path();
  std::unique_ptr<cluster::Events> events_;
  cluster::Process supervisor_;
  std::vector<std::string> urls_, printed_;
  bool ready_ = false;
};

}  // namespace trunkline::tests
