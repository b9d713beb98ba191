// Whatever dies or hangs under load, in every placement: nothing that was acknowledged is lost,
// nothing is shown twice, the order is kept, and service comes back by itself. Where edges live in
// ranks, they share their fate.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <cstdio>
#include <fstream>

#include "tests/cluster/under_fire.h"
#include "wire/cluster_file.h"

namespace trunkline::tests {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr unsigned kEdgeProcesses = 3;
constexpr std::chrono::seconds kGoneMax{10};  // for all that a killed supervisor leaves

class KillTest : public UnderFire, public testing::WithParamInterface<Placement> {
 protected:
  KillTest()
      : UnderFire(GetParam(), kEdgeProcesses),
        load_(cluster_.urls(), cluster_.directory(), kPairs) {}

  // ---- the faults

  void kill_client(unsigned round) { load_.kill_clients(round % kPairs); }

  void kill_edge(unsigned round) {
    const unsigned edge = round % kEdgeProcesses;
    nothing_happens_at_other_edges(edge, [&] {
      const pid_t pid = cluster_.edge_pid(edge);
      strike(pid, SIGKILL);
      expect_said(load_, name_of_edge(edge, pid) + " died by signal 9");
    });
  }

  // Its port to the rank dies meanwhile; its clients stay.
  void stop_edge_4_s(unsigned round) {
    const pid_t pid = cluster_.edge_pid(round % kEdgeProcesses);
    no_client_is_disconnected([&] {
      strike(pid, SIGSTOP);
      load_.run_for(4s);
      EXPECT_EQ(::kill(pid, SIGCONT), 0) << "somebody has killed it";
    });
  }

  // Longer: the supervisor ends it and starts it again.
  void hang_edge(unsigned round) {
    const unsigned edge = round % kEdgeProcesses;
    nothing_happens_at_other_edges(edge, [&] {
      const pid_t pid = cluster_.edge_pid(edge);
      strike(pid, SIGSTOP);
      expect_said(load_, name_of_edge(edge, pid) + " has answered nothing for 10 s; killed it");
      EXPECT_FALSE(cluster::is_program(pid, "trunkline-edge"));
    });
  }

  void kill_rank(unsigned round) {
    const unsigned rank = round % kRanks;
    edges_ride_it_out([&] {
      strike(cluster_.rank_pid(rank), SIGKILL);
      expect_said(load_, "rank " + std::to_string(rank) + " exited on signal 9");
      wait_for_successor(load_);
    });
  }

  void kill_mpirun(unsigned) {
    edges_ride_it_out([&] {
      const pid_t pid = cluster_.mpirun_pid();
      strike(pid, SIGKILL);
      expect_said(load_, "mpirun (pid " + std::to_string(pid) + ") died by signal 9");
      wait_for_successor(load_);
    });
  }

  // Shorter than a neighbour's watch: all ride it out.
  void stop_rank_3_s(unsigned round) {
    no_client_is_disconnected([&] {
      const pid_t pid = cluster_.rank_pid(round % kRanks);
      strike(pid, SIGSTOP);
      load_.run_for(3s);
      EXPECT_EQ(::kill(pid, SIGCONT), 0);
      EXPECT_EQ(cluster_.rank_pid(round % kRanks), pid) << "the job was restarted";
    });
  }

  // Longer: its neighbour ends the job, and the stopped rank is dead before its data is opened.
  void stop_rank_30_s(unsigned round) {
    const unsigned rank = round % kRanks;
    edges_ride_it_out([&] {
      const pid_t pid = cluster_.rank_pid(rank);
      EXPECT_EQ(holder_of(rank), pid);
      strike(pid, SIGSTOP);
      const auto end = Clock::now() + 30s;
      const std::string line =
          expect_said(load_, "neighbour_silent: nothing heard from rank " + std::to_string(rank));
      // Looked at in this order: who has the data is read first.
      bool two = false;
      load_.run_until([&] {
        two = two || (holder_of(rank) != pid && cluster::is_program(pid, "trunkline-rank"));
        return !job().empty() && holder_of(rank) != pid;
      });
      EXPECT_FALSE(two) << "two on the same data";
      wait_for_successor(load_);
      std::printf(
          "    %s\n    pid %d had the data of rank %u, was stopped and killed; then pid %d\n",
          line.c_str(), pid, rank, holder_of(rank));
      EXPECT_EQ(holder_of(rank), cluster_.rank_pid(rank));
      load_.run_until(
          [&] { return Clock::now() >= end || !cluster::is_program(pid, "trunkline-rank"); });
      EXPECT_LT(Clock::now(), end) << "nobody has killed it";
    });
  }

  // Now mpirun cannot end the stopped rank, which does not hear that its launcher is gone.
  void stop_rank_and_kill_mpirun(unsigned round) {
    const unsigned rank = round % kRanks;
    edges_ride_it_out([&] {
      const pid_t pid = cluster_.rank_pid(rank), mpirun = cluster_.mpirun_pid();
      strike(pid, SIGSTOP);
      strike(mpirun, SIGKILL);
      expect_said(load_, "mpirun (pid " + std::to_string(mpirun) + ") died by signal 9");
      wait_for_successor(load_);
      EXPECT_FALSE(cluster::is_program(pid, "trunkline-rank")) << "two on the same data";
    });
  }

  // Now no neighbour is left that could notice: the supervisor does, and kills them all.
  void stop_all_ranks(unsigned) {
    edges_ride_it_out([&] {
      const pid_t first = cluster_.rank_pid(0), second = cluster_.rank_pid(1);
      strike(first, SIGSTOP);
      strike(second, SIGSTOP);
      const std::string line = expect_said(load_, "rank 0 has answered nothing");
      EXPECT_NE(line.find("killed what was left: "), std::string::npos) << line;
      for (const pid_t pid : {first, second}) {
        EXPECT_NE(line.find("(pid " + std::to_string(pid) + ")"), std::string::npos) << line;
      }
      wait_for_successor(load_);
      for (const pid_t pid : {first, second}) {
        EXPECT_FALSE(cluster::is_program(pid, "trunkline-rank")) << "two on the same data";
      }
      std::printf("    %s\n    then pids %d and %d served\n", line.c_str(), cluster_.rank_pid(0),
                  cluster_.rank_pid(1));
    });
  }

  // Nothing that it started outlives it, and the next start takes the data over.
  void kill_supervisor(unsigned) {
    const auto begin = Clock::now();
    cluster_.kill_supervisor();
    const auto passed = [&] { return Clock::now() - begin; };
    while (!cluster_.left().empty() && passed() < 2 * kGoneMax) load_.run_for(50ms);
    EXPECT_LT(passed(), kGoneMax) << "something was left running";
    std::printf("    all gone after %.1f s\n", std::chrono::duration<double>(passed()).count());
    load_.expect_fault();  // until then some were served
    cluster_.start_again();
    load_.move(cluster_.urls());
  }

  // With a rank and an edge that hear no signal but SIGKILL, and no time for the rest to go. What
  // the kernel has not ended by then the next start ends (succession_test).
  void kill_supervisor_and_start_at_once(unsigned round) {
    const pid_t rank = cluster_.rank_pid(round % kRanks);
    const pid_t edge = has_edge_processes() ? cluster_.edge_pid(round % kEdgeProcesses) : -1;
    if (edge > 0) strike(edge, SIGSTOP);
    strike(rank, SIGSTOP);
    cluster_.kill_supervisor();
    cluster_.start_again();
    EXPECT_FALSE(cluster::is_program(rank, "trunkline-rank")) << "two on the same data";
    EXPECT_FALSE(cluster::is_program(edge, "trunkline-edge"));
    load_.move(cluster_.urls());
  }

  std::vector<Fault> faults() {
    std::vector<Fault> all;
    const auto add = [&](const char* name, void (KillTest::*happen)(unsigned)) {
      all.push_back({name, [this, happen](unsigned round) { (this->*happen)(round); }});
    };
    add("client killed", &KillTest::kill_client);
    if (has_edge_processes()) {
      add("edge killed", &KillTest::kill_edge);
      add("edge stopped 4 s", &KillTest::stop_edge_4_s);
      add("edge stopped for good", &KillTest::hang_edge);
    }
    add("rank killed", &KillTest::kill_rank);
    add("mpirun killed", &KillTest::kill_mpirun);
    add("rank stopped 3 s", &KillTest::stop_rank_3_s);
    add("rank stopped 30 s", &KillTest::stop_rank_30_s);
    add("rank stopped, mpirun killed", &KillTest::stop_rank_and_kill_mpirun);
    add("all ranks stopped", &KillTest::stop_all_ranks);
    add("supervisor killed, start when all is gone", &KillTest::kill_supervisor);
    add("supervisor killed, start at once", &KillTest::kill_supervisor_and_start_at_once);
    return all;
  }

  // ---- what they must not do

  static std::string name_of_edge(unsigned edge, pid_t pid) {
    return "edge" + std::to_string(edge + 1) + " (pid " + std::to_string(pid) + ")";
  }

  // By the lock of its data.
  pid_t holder_of(unsigned rank) const {
    pid_t holder = -1;
    std::ifstream(cluster_.directory() + "/data/rank-" + std::to_string(rank) + "/lock") >> holder;
    return holder;
  }

  void no_client_is_disconnected(const std::function<void()>& fault) {
    const std::size_t before = load_.seen().lost_sockets();
    fault();
    EXPECT_EQ(load_.seen().lost_sockets(), before) << "a client lost its socket";
  }

  void edges_ride_it_out(const std::function<void()>& fault) {
    if (!has_edge_processes()) return fault();
    no_client_is_disconnected(fault);
  }

  void nothing_happens_at_other_edges(unsigned edge, const std::function<void()>& fault) {
    std::vector<std::size_t> before;
    for (unsigned other = 0; other < kEdgeProcesses; ++other) {
      before.push_back(load_.seen_at(other).lost_sockets());
    }
    fault();
    for (unsigned other = 0; other < kEdgeProcesses; ++other) {
      if (other == edge) continue;
      EXPECT_EQ(load_.seen_at(other).lost_sockets(), before[other]) << "another edge's client";
    }
  }

  PairsUnderLoad load_;
};

TEST_P(KillTest, NothingAckedIsLostWhateverDies) {
  run("Placement " + std::string(to_string(GetParam())), load_, faults());
  stop();
}

INSTANTIATE_TEST_SUITE_P(Placements, KillTest,
                         testing::Values(Placement::process, Placement::host, Placement::inside,
                                         Placement::fused),
                         [](const auto& info) { return std::string(to_string(info.param)); });

}  // namespace
}  // namespace trunkline::tests
