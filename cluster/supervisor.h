// A supervised cluster on this host: ranks under mpirun, edges beside them, started, watched,
// started again when they die, stopped in order. `trunkline start` is this and a few prints.
//
// Of each death it says in one line what died, why, and what it did. Killed itself, it takes what
// it started along (process.h), and the next supervisor of the same data takes over (succession.h).
//
// SIGHUP lets every edge read its certificate, limits and log level anew.
//
// Threads: one. It ends only processes that it or its predecessor started, by their ids.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cluster/back_off.h"
#include "cluster/events.h"
#include "cluster/job.h"
#include "cluster/launch.h"
#include "cluster/process.h"
#include "cluster/pulse.h"
#include "cluster/succession.h"

namespace trunkline::cluster {

class Supervisor {
 public:
  // Ends what a killed supervisor of this data has left; makes or checks the run directory, and
  // links it from the data. Throws std::runtime_error that names the process where another one
  // supervises it.
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
    std::optional<Pulse> pulse;  // once it listens
    BackOff back_off;
  };
  void start_edge(unsigned index);
  void mend_job();
  void start_job_again();
  void mend_edge(unsigned index);
  std::string trouble_of(Edge& edge);
  void reload_edges();
  std::chrono::milliseconds until_next_mend() const;
  void write_supervisor_file() const;
  std::string log_of(const std::string& name) const;

  StartOptions options_;
  std::string programs_;
  Claim claim_;
  Events events_;
  Job job_;
  std::chrono::steady_clock::time_point job_again_;
  BackOff job_back_off_;
  std::vector<Edge> edges_;
  int reloads_done_ = 0;
};

}  // namespace trunkline::cluster
