// A real cluster for a test: ranks under mpirun and, where they are asked for, edges in processes
// of their own, on free ports of loopback and in a directory of its own. Unlike `trunkline start`
// nothing is started again by itself: the test kills and restarts what it names.
//
// Threads: one. The programs are those that stand beside the test program.
#pragma once

#include <sys/types.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cluster/events.h"
#include "cluster/launch.h"
#include "cluster/process.h"
#include "lab/admin_client.h"
#include "tests/support/temporary_directory.h"
#include "wire/cluster_file.h"

namespace trunkline::tests {

using cluster::Placement;
std::string_view to_string(Placement placement);

class ClusterUnderTest {
 public:
  struct Options {
    unsigned ranks = 2;
    Placement placement = Placement::process;
    unsigned edges = 0;  // in processes of their own; 0: one for each rank
    std::string profile = "chat";
    std::string store = "lmdb";
    bool tls = false;                            // with a certificate made for this cluster
    std::vector<std::string> rank_options = {};  // more for trunkline-rank
    std::vector<std::string> edge_options = {};  // more for the edges, wherever they live
  };

  // Starts everything and waits until it serves. Throws std::runtime_error with the logs in it.
  explicit ClusterUnderTest(Options options);
  ~ClusterUnderTest();  // an orderly stop of what still runs, then the end of it

  // Of all edges, in their order (placements fused and inside: edge k lives in rank k).
  const std::vector<std::string>& urls() const { return urls_; }
  wire::RankId rank_of_edge(unsigned edge) const;
  const Options& options() const { return options_; }
  const wire::ClusterFile& file() const { return file_; }
  std::string run_directory() const { return directory_.path() + "/run"; }
  std::string data_directory() const { return directory_.path() + "/data"; }
  std::string logs() const;

  // ---- accounts and administration; the password of a user is its name unless given

  lab::AdminClient& admin();
  void add_user(const std::string& user) { add_user(user, user); }
  void add_user(const std::string& user, const std::string& password);
  // A user that no other test has: "alice" becomes "alice-1".
  std::string new_user(const std::string& name);
  // The first free name with this beginning whose home is `rank`; the user is added.
  std::string new_user_at_home(const std::string& name, wire::RankId rank);
  wire::RankId home_of(const std::string& user) const;

  // Sum over the labels of one metric of one rank (or edge); 0 where it is not told.
  double rank_metric(wire::RankId rank, const std::string& name);
  double edge_metric(unsigned edge, const std::string& name) const;

  // ---- deaths and restarts

  pid_t rank_pid(wire::RankId rank) const;
  pid_t mpirun_pid() const { return job_.pid(); }
  pid_t edge_pid(unsigned edge) const;
  void kill_edge(unsigned edge);  // kill -9, and waits until it is gone
  void kill_rank(wire::RankId rank);
  void kill_mpirun();
  void signal_edge(unsigned edge, int number);
  // Waits until the job is gone, whoever ended it; false: it is not, after 15 s.
  bool job_ended();
  // Starts the job again, on the same data. REQUIRES: job_ended().
  void start_job();
  // Until every edge has its rank, as after start_job(). Throws as the constructor does.
  void wait_until_healthy();
  // Starts an edge again, on its old port.
  void start_edge(unsigned edge);
  // Ranks by an admin frame, edges by SIGTERM. True: all ended by themselves within 10 s, with exit
  // status 0, and nothing of this cluster is left.
  bool stop();
  std::vector<pid_t> left() const;  // processes of this cluster that still run

 private:
  struct Edge {
    cluster::Process process;
    std::string url;
  };
  cluster::StartOptions start_options() const;
  void make_certificate();
  void wait_for_edges();
  bool stop_edges();
  bool stop_job();

  Options options_;
  TemporaryDirectory directory_;
  std::unique_ptr<cluster::Events> events_;
  cluster::Process job_;
  std::vector<Edge> edges_;
  std::vector<std::string> urls_;
  wire::ClusterFile file_;
  std::unique_ptr<lab::AdminClient> admin_;
  unsigned users_made_ = 0;
};

}  // namespace trunkline::tests
