// The MPI job of a supervised cluster: mpirun and its ranks on this host, from the start to the
// death of the last of them.
//
// Threads: one, that of Events. It ends mpirun, its child, and the ranks that were started for the
// same data and the same run directory, and nothing else.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "cluster/events.h"
#include "cluster/launch.h"
#include "cluster/process.h"
#include "cluster/pulse.h"
#include "wire/cluster_file.h"

namespace trunkline::cluster {

class Job {
 public:
  // `log`: the file that mpirun and the ranks write to. The references must outlive the job.
  Job(const StartOptions& options, std::string programs, std::string log, Events& events);

  // REQUIRES: an earlier one has ended.
  void start();
  // Waits until its ranks serve. False: a stop was asked meanwhile. Throws std::runtime_error that
  // says why they do not.
  bool wait_until_it_serves();

  bool running() const { return mpirun_.running(); }
  // Looks whether mpirun has ended; ranks may be left then: end().
  bool ended() { return mpirun_.ended(); }
  // Empty: it runs. Else how it ended, as far as mpirun and the log tell, or that it hangs; then
  // end() is due.
  std::string trouble();
  // When to look for trouble again, if nothing happens.
  std::chrono::steady_clock::time_point look_again() const;

  // An orderly stop, for the ranks to take; does not wait.
  void ask_to_leave() const;
  // Kills what is left, and waits until it is gone: the data must be free before a successor opens
  // it. Says what it did, in half a sentence.
  std::string end();

  // Of the ranks that serve; none before and after.
  const std::optional<wire::ClusterFile>& cluster() const { return cluster_; }
  pid_t mpirun_pid() const { return mpirun_.pid(); }
  // How long it has served; 0 if it never did.
  std::chrono::steady_clock::duration served() const;

 private:
  std::string how_it_ended() const;
  std::vector<pid_t> ranks_left() const;
  std::string named(const std::vector<pid_t>& ranks) const;

  const StartOptions& options_;
  std::string programs_, log_;
  Events& events_;
  Process mpirun_;
  std::size_t log_begin_ = 0;                 // of this job, in the log
  std::optional<wire::ClusterFile> cluster_;  // of this job, once it serves
  std::string last_job_;
  std::optional<std::chrono::steady_clock::time_point> serves_since_;
  std::optional<Pulse> pulse_;  // while it serves
};

}  // namespace trunkline::cluster
