// The front door on a running cluster, as a person or a script uses it.
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <chrono>
#include <filesystem>

#include "cluster/process.h"
#include "tests/cluster/front_door.h"
#include "tests/cluster/supervised_cluster.h"
#include "tests/support/test_client.h"
#include "wire/placement.h"

namespace trunkline::tests {
namespace {

// A descriptor that can be read when the process has ended.
int open_process(pid_t pid) {
  return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
}

class CommandLine : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    cluster_ =
        new SupervisedCluster({.ranks = 2, .edges = "2", .accounts = {"alice", "bob"}, .more = {}});
  }
  static void TearDownTestSuite() {
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(cluster_->stop(), 0);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
    EXPECT_TRUE(cluster_->left().empty());
    delete cluster_;
  }
  static std::string where() { return " --run-dir " + cluster_->run_directory(); }
  static inline SupervisedCluster* cluster_ = nullptr;
};

TEST_F(CommandLine, StatusShowsRanksAndEdgesAndIsFoundByTheData) {
  const Outcome people = run("status --data " + cluster_->directory() + "/data");
  EXPECT_EQ(people.status, 0) << people.output;
  EXPECT_NE(people.output.find("edge2"), std::string::npos);
  const Outcome programs = run("status --json" + where());
  ASSERT_EQ(programs.status, 0) << programs.output;
  const auto status = boost::json::parse(programs.output);
  EXPECT_EQ(status.at("ranks").as_array().size(), 2u);
  EXPECT_EQ(status.at("edges").as_array().size(), 2u);
  for (const auto& rank : status.at("ranks").as_array()) EXPECT_TRUE(rank.at("status").is_object());
}

TEST_F(CommandLine, AnAccountIsAddedListedAndDisabled) {
  EXPECT_EQ(run("admin user add dora --password-stdin" + where(), "secret\n").status, 0);
  EXPECT_NE(run("admin user add dora --password-stdin" + where(), "secret\n").status, 0)
      << "she is there already";
  EXPECT_NE(run("admin user list" + where()).output.find("dora"), std::string::npos);
  EXPECT_EQ(run("admin user disable dora" + where()).status, 0);
  EXPECT_EQ(run("admin user password dora --password-stdin" + where(), "other\n").status, 0);
  EXPECT_NE(run("admin user disable nobody" + where()).status, 0);
  EXPECT_NE(run("admin user add --password-stdin" + where(), "x\n").status, 0);
  EXPECT_NE(run("admin user add eve --password-stdin" + where(), "").status, 0) << "no password";
}

TEST_F(CommandLine, PingTellsWhereAUserLivesAndHowFarEachHopIs) {
  Room room;
  TestClient alice(room, cluster_->urls().back(), lab::Protocol::json);
  alice.login("alice", "phone");
  const Outcome people = run("ping alice -c 3 -i 0" + where());
  EXPECT_EQ(people.status, 0) << people.output;
  EXPECT_NE(people.output.find("phone at edge2"), std::string::npos) << people.output;
  EXPECT_NE(people.output.find("3 asked, 3 answered; rtt min/p50/max"), std::string::npos);
  EXPECT_EQ(people.output.find("one-way"), std::string::npos);

  const Outcome programs = run("ping alice -c 3 -i 0 --json" + where());
  ASSERT_EQ(programs.status, 0) << programs.output;
  const auto found = boost::json::parse(programs.output);
  const auto home = wire::SlotMap::fresh(2, 1).home("alice");
  EXPECT_EQ(found.at("home_rank").to_number<unsigned>(), home);
  const auto& hops = found.at("hops").as_array();
  EXPECT_EQ(hops.front().at("from"), "this program");
  EXPECT_EQ(hops.back().at("to"), "edge2, phone");
  EXPECT_EQ(hops.back().at("road"), "ZeroMQ");
  double sum = 0;  // the hops of the road to the edge are its own time
  std::string at = "edge2, phone";
  for (auto hop = hops.rbegin(); hop != hops.rend(); ++hop) {
    if (hop->at("to").as_string() != at) continue;
    sum += hop->at("hop_rtt_us").to_number<double>();
    at = hop->at("from").as_string();
  }
  EXPECT_EQ(at, "this program");
  EXPECT_NEAR(sum, hops.back().at("from_here_rtt_us").at("p50").to_number<double>(), 0.01);
}

TEST_F(CommandLine, PingReachesARankByItsNumber) {
  const Outcome people = run("ping --rank 1 -c 2 -i 0" + where());
  EXPECT_EQ(people.status, 0) << people.output;
  EXPECT_NE(people.output.find("rank 0 - rank 1"), std::string::npos) << people.output;
  EXPECT_EQ(run("ping --rank 2" + where()).status, 1);
}

TEST_F(CommandLine, PingRefusesWhoIsNotThereAndWhatItDoesNotUnderstand) {
  EXPECT_EQ(run("ping nobody" + where()).status, 1);
  EXPECT_EQ(run("ping" + where()).status, 2);
  EXPECT_EQ(run("ping alice --rank 1" + where()).status, 2);
  EXPECT_EQ(run("ping alice -c 0" + where()).status, 2);
}

TEST_F(CommandLine, SessionsAndQueuesAnswerForEveryRank) {
  EXPECT_EQ(run("admin sessions" + where()).status, 0);
  EXPECT_EQ(run("admin queues" + where()).status, 0);
}

TEST_F(CommandLine, ASecondStartOnTheSameDataIsRefusedAndChangesNothing) {
  const std::string data = " --data " + cluster_->directory() + "/data";
  const Outcome second = run("start --plain --port 0" + data);
  EXPECT_EQ(second.status, 1) << second.output;
  const std::string owner = std::to_string(cluster_->supervisor_pid());
  EXPECT_NE(second.output.find("is supervised by process " + owner + ";"), std::string::npos)
      << second.output;
  EXPECT_EQ(run("status" + data).status, 0) << "the first one is still found by its data";
}

TEST_F(CommandLine, WhatItDoesNotUnderstandIsExitStatusTwo) {
  EXPECT_EQ(run("").status, 2);
  EXPECT_EQ(run("strat").status, 2);
  EXPECT_EQ(run("start --ranks x").status, 2);
  EXPECT_EQ(run("start --edges outside").status, 2);
  EXPECT_EQ(run("start").status, 2) << "neither a certificate nor --plain";
  EXPECT_EQ(run("--help").status, 0);
  EXPECT_EQ(run("status --run-dir /nonexistent").status, 1);
}

TEST(CommandLineOfItsOwn, StartPassesOnTheExitStatusOfItsCommand) {
  const TemporaryDirectory temporary;
  const std::string& directory = temporary.path();
  const Outcome outcome =
      run("start --plain --port 0 --edges fused --data " + directory + "/data --run-dir " +
          directory + "/run -- sh -c 'echo at $TRUNKLINE_URL; exit 7'");
  EXPECT_EQ(outcome.status, 7) << outcome.output;
  EXPECT_NE(outcome.output.find("at ws://127.0.0.1:"), std::string::npos) << outcome.output;
}

// As when a connection by ssh breaks: the kernel hangs up on the shell, then on what it ran.
TEST(CommandLineOfItsOwn, ATerminalThatGoesAwayTakesTheClusterAlong) {
  const TemporaryDirectory temporary;
  const std::string& directory = temporary.path();
  const std::string programs = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  const std::string line = programs + "/trunkline start --plain --port 0 --data " + directory +
                           "/data --run-dir " + directory + "/run; true";
  int terminal = -1;
  const pid_t shell = ::forkpty(&terminal, nullptr, nullptr, nullptr);
  if (shell == 0) ::execl("/bin/sh", "sh", "-c", line.c_str(), nullptr);
  ASSERT_GT(shell, 0);
  std::string shown;
  char bytes[4096];
  while (shown.find("ready") == std::string::npos) {
    const ssize_t size = ::read(terminal, bytes, sizeof bytes);
    if (size <= 0) break;
    shown.append(bytes, static_cast<std::size_t>(size));
  }
  ASSERT_NE(shown.find("ready"), std::string::npos) << shown;
  const int supervisor = open_process(static_cast<pid_t>(
      boost::json::parse(content_of(directory + "/run/supervisor.json")).at("pid").as_int64()));
  ::close(terminal);
  pollfd ended{supervisor, POLLIN, 0};
  EXPECT_EQ(::poll(&ended, 1, 10'000), 1) << "it runs on";
  ::close(supervisor);
  ::waitpid(shell, nullptr, 0);
  for (const char* program : {"trunkline-rank", "trunkline-edge", "trunkline"}) {
    EXPECT_TRUE(cluster::processes_of(program, {directory + "/run"}).empty()) << program;
  }
}

}  // namespace
}  // namespace trunkline::tests
