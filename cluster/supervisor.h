// A supervised cluster on this host: ranks under mpirun, edges beside them, started, watched,
// started again when they die, stopped in order. `trunkline start` is this and a few prints.
//
// Threads: one. It ends only processes that it started, by their ids.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cluster/events.h"
#include "cluster/launch.h"
#include "cluster/process.h"
#include "wire/cluster_file.h"

namespace trunkline::cluster {

// RUN/supervisor.json: who supervises, and which edges run. For `status` and for meters.
inline constexpr const char* kSupervisorFileName = "supervisor.json";

class Supervisor {
 public:
  // Makes or checks the run directory, and links it from the data.
  explicit Supervisor(StartOptions options);
  ~Supervisor();  // what still runs is killed

  // Starts everything and waits until it serves. False: a stop was asked meanwhile. Throws
  // std::runtime_error that says what failed and where its log is.
  bool start();
  // Keeps it running until a stop is asked, or `done` holds. Returns false when it cannot serve any
  // more.
  bool serve(const std::function<bool()>& done);
  // Edges drain, ranks commit and leave; what has not gone after 8 s is killed. Safe to call again.
  void stop();

  Events& events() { return events_; }
  const std::string& run_directory() const { return options_.run_directory; }
  // Of the edges, in their order. REQUIRES: started.
  std::vector<std::string> urls() const;

 private:
  struct Edge {
    Process process;
    std::string url;
    std::chrono::steady_clock::time_point started, again;
    std::chrono::milliseconds pause{0};
  };
  void start_job();
  bool wait_for_job();
  void end_job();  // kills what is left of it, and waits until its ranks are gone
  void start_edge(unsigned index);
  void mend_job();
  void mend_edge(unsigned index);
  std::chrono::milliseconds until_next_mend() const;
  void write_supervisor_file() const;
  std::string log_of(const std::string& name) const;

  StartOptions options_;
  std::string programs_;
  Events events_;
  Process job_;
  std::optional<wire::ClusterFile> cluster_;  // of the job that runs
  std::string last_job_;
  std::chrono::steady_clock::time_point job_started_, job_again_;
  std::chrono::milliseconds job_pause_{0};
  std::vector<Edge> edges_;
};

}  // namespace trunkline::cluster
