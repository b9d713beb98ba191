// Whatever dies or hangs under load: nothing that was acknowledged is lost, nothing is shown twice,
// the order is kept, and service comes back by itself. Each client writes what it does to a ledger
// before it does it; the verdict is read from these alone.
//
// TRUNKLINE_KILL_ROUNDS: how often each fault comes (1).
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>

#include <algorithm>
#include <map>

#include "tests/cluster/pairs_under_load.h"
#include "wire/cluster_file.h"

namespace trunkline::tests {
namespace {

using namespace std::chrono_literals;

constexpr unsigned kPairs = 20;
constexpr unsigned kEdges = 3;
constexpr unsigned kRanks = 2;
constexpr std::chrono::seconds kGoneMax{10};  // for all that a killed supervisor leaves

class KillTest : public testing::Test {
 protected:
  KillTest()
      : cluster_({.ranks = kRanks,
                  .edges = std::to_string(kEdges),
                  .accounts = PairsUnderLoad::names(kPairs),
                  .more = {}}),
        load_(cluster_, kPairs) {}

  // ---- the faults. Each returns when it has passed; the cluster may still be mending itself.

  void kill_client(unsigned round) { load_.kill_clients(round % kPairs); }

  void kill_edge(unsigned round) {
    const unsigned edge = round % kEdges;
    std::vector<std::size_t> before;
    for (unsigned other = 0; other < kEdges; ++other) before.push_back(load_.breaks_at(other));
    const pid_t pid = cluster_.edge_pid(edge);
    strike(pid, SIGKILL);
    expect_said("edge" + std::to_string(edge + 1) + " (pid " + std::to_string(pid) +
                ") died by signal 9");
    for (unsigned other = 0; other < kEdges; ++other) {
      if (other == edge) continue;
      EXPECT_EQ(load_.breaks_at(other), before[other]) << "another edge's";
    }
  }

  void kill_rank(unsigned round) {
    const unsigned rank = round % kRanks;
    no_client_is_disconnected([&] {
      strike(cluster_.rank_pid(rank), SIGKILL);
      expect_said("rank " + std::to_string(rank) + " exited on signal 9");
      wait_for_successor();
    });
  }

  void kill_mpirun(unsigned) {
    no_client_is_disconnected([&] {
      const pid_t pid = cluster_.mpirun_pid();
      strike(pid, SIGKILL);
      expect_said("mpirun (pid " + std::to_string(pid) + ") died by signal 9");
      wait_for_successor();
    });
  }

  void stop_edge_10_s(unsigned round) {
    const pid_t pid = cluster_.edge_pid(round % kEdges);
    strike(pid, SIGSTOP);
    load_.run_for(10s);
    EXPECT_EQ(::kill(pid, SIGCONT), 0) << "somebody has killed it";
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
  void stop_rank_10_s(unsigned round) {
    const unsigned rank = round % kRanks;
    no_client_is_disconnected([&] {
      const pid_t pid = cluster_.rank_pid(rank);
      const auto begin = std::chrono::steady_clock::now();
      strike(pid, SIGSTOP);
      expect_said("neighbour_silent: nothing heard from rank " + std::to_string(rank));
      wait_for_successor();
      EXPECT_FALSE(cluster::is_program(pid, "trunkline-rank")) << "two on the same data";
      std::printf("    stopped pid %d, dead when pid %d served in its place\n", pid,
                  cluster_.rank_pid(rank));
      const auto end = begin + 10s;
      load_.run_until([&] { return std::chrono::steady_clock::now() >= end; });
      if (cluster::is_program(pid, "trunkline-rank")) ::kill(pid, SIGCONT);
    });
  }

  // Now mpirun cannot end the stopped rank, which does not hear that its launcher is gone.
  void stop_rank_and_kill_mpirun(unsigned round) {
    const unsigned rank = round % kRanks;
    no_client_is_disconnected([&] {
      const pid_t pid = cluster_.rank_pid(rank), mpirun = cluster_.mpirun_pid();
      strike(pid, SIGSTOP);
      strike(mpirun, SIGKILL);
      expect_said("mpirun (pid " + std::to_string(mpirun) + ") died by signal 9");
      wait_for_successor();
      EXPECT_FALSE(cluster::is_program(pid, "trunkline-rank")) << "two on the same data";
    });
  }

  // Now no neighbour is left that could notice: the supervisor does, and kills them all.
  void stop_all_ranks(unsigned) {
    no_client_is_disconnected([&] {
      const pid_t first = cluster_.rank_pid(0), second = cluster_.rank_pid(1);
      strike(first, SIGSTOP);
      strike(second, SIGSTOP);
      const std::string line = expect_said("rank 0 has answered nothing");
      EXPECT_NE(line.find("killed what was left: "), std::string::npos) << line;
      for (const pid_t pid : {first, second}) {
        EXPECT_NE(line.find("(pid " + std::to_string(pid) + ")"), std::string::npos) << line;
      }
      wait_for_successor();
      for (const pid_t pid : {first, second}) {
        EXPECT_FALSE(cluster::is_program(pid, "trunkline-rank")) << "two on the same data";
      }
      std::printf("    %s\n    then pids %d and %d served\n", line.c_str(), cluster_.rank_pid(0),
                  cluster_.rank_pid(1));
    });
  }

  // Nothing that it started outlives it, and the next start takes the data over.
  void kill_supervisor(unsigned) {
    const auto begin = std::chrono::steady_clock::now();
    cluster_.kill_supervisor();
    const auto passed = [&] { return std::chrono::steady_clock::now() - begin; };
    while (!cluster_.left().empty() && passed() < 2 * kGoneMax) load_.run_for(50ms);
    EXPECT_LT(passed(), kGoneMax) << "something was left running";
    std::printf("    all gone after %.1f s\n", std::chrono::duration<double>(passed()).count());
    cluster_.start_again();
    load_.follow_urls();
  }

  // With a rank and an edge that hear no signal but SIGKILL, and no time for the rest to go.
  void kill_supervisor_and_start_at_once(unsigned round) {
    const pid_t rank = cluster_.rank_pid(round % kRanks), edge = cluster_.edge_pid(round % kEdges);
    strike(edge, SIGSTOP);
    strike(rank, SIGSTOP);
    cluster_.kill_supervisor();
    cluster_.start_again();
    EXPECT_FALSE(cluster::is_program(rank, "trunkline-rank")) << "two on the same data";
    EXPECT_FALSE(cluster::is_program(edge, "trunkline-edge"));
    std::printf("    %s\n", expect_said("an earlier supervisor died").c_str());
    load_.follow_urls();
  }

  struct Fault {
    const char* name;
    void (KillTest::*happen)(unsigned round);
  };
  static constexpr Fault kFaults[] = {
      {"client killed", &KillTest::kill_client},
      {"edge killed", &KillTest::kill_edge},
      {"rank killed", &KillTest::kill_rank},
      {"mpirun killed", &KillTest::kill_mpirun},
      {"edge stopped 10 s", &KillTest::stop_edge_10_s},
      {"rank stopped 3 s", &KillTest::stop_rank_3_s},
      {"rank stopped 10 s", &KillTest::stop_rank_10_s},
      {"rank stopped, mpirun killed", &KillTest::stop_rank_and_kill_mpirun},
      {"all ranks stopped", &KillTest::stop_all_ranks},
      {"supervisor killed", &KillTest::kill_supervisor},
      {"supervisor killed, start at once", &KillTest::kill_supervisor_and_start_at_once},
  };

  // ---- what they are made of

  void strike(pid_t pid, int signal) {
    job_before_ = job();
    lines_before_ = cluster_.said().size();
    EXPECT_EQ(::kill(pid, signal), 0);
  }

  std::string job() const {
    try {
      return wire::read_cluster_file(cluster_.run_directory()).job;
    } catch (const std::runtime_error&) {
      return {};
    }
  }

  // A job other than the one at the last strike serves.
  void wait_for_successor() {
    EXPECT_TRUE(load_.run_until([&] { return !job().empty() && job() != job_before_; }));
  }

  // The supervisor says it in one line, once since the last strike. Returns the line.
  std::string expect_said(const std::string& what) {
    std::vector<std::string> found;
    EXPECT_TRUE(load_.run_until([&] {
      found = cluster_.said();
      found.erase(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(lines_before_));
      std::erase_if(found, [&](const auto& line) { return line.find(what) == line.npos; });
      return !found.empty();
    })) << "nothing was said of: "
        << what;
    EXPECT_LE(found.size(), 1u) << what;
    return found.empty() ? std::string() : found.front();
  }

  void no_client_is_disconnected(const std::function<void()>& fault) {
    const std::size_t before = load_.breaks();
    fault();
    EXPECT_EQ(load_.breaks(), before) << "a client lost its socket";
  }

  SupervisedCluster cluster_;
  PairsUnderLoad load_;
  std::string job_before_;
  std::size_t lines_before_ = 0;
};

TEST_F(KillTest, NothingAckedIsLostWhateverHappens) {
  ASSERT_TRUE(load_.begin());
  const char* wanted = ::getenv("TRUNKLINE_KILL_ROUNDS");
  const int rounds = wanted == nullptr ? 1 : std::max(1, std::atoi(wanted));
  std::map<std::string, std::vector<PairsUnderLoad::Wait>> waits;
  for (int round = 0; round < rounds; ++round) {
    for (const Fault& fault : kFaults) {
      load_.expect_fault();
      (this->*fault.happen)(static_cast<unsigned>(round));
      PairsUnderLoad::Wait wait;
      ASSERT_TRUE(load_.go_on(wait)) << "after: " << fault.name;
      std::printf("%-34s first new STORED after %.2f s, of every pair after %.2f s\n", fault.name,
                  wait.first_s, wait.last_s);
      std::fflush(stdout);
    }
  }
  EXPECT_TRUE(load_.finish()) << "not all was stored and shown";
  const Verdict verdict = load_.verdict();
  EXPECT_EQ(verdict.wrong(), 0u) << to_string(verdict);
  EXPECT_EQ(load_.refused(), 0u);
  std::printf("%s; %d rounds\n", to_string(verdict).c_str(), rounds);
  EXPECT_EQ(cluster_.stop(), 0);
  EXPECT_TRUE(cluster_.left().empty());
}

}  // namespace
}  // namespace trunkline::tests
