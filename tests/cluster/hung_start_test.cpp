// An edge that hangs before it first listens answers nobody, and no heartbeat can tell: it is
// killed when its time to start is over.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/cluster/pairs_under_load.h"
#include "tests/cluster/supervised_cluster.h"

namespace trunkline::tests {
namespace {

class HungStartTest : public testing::Test {
 protected:
  // Whoever reads a FIFO that nobody writes waits in open(2).
  void let_its_configuration_hang() {
    std::filesystem::remove(config_);
    ASSERT_EQ(::mkfifo(config_.c_str(), 0600), 0);
  }
  void mend_its_configuration() { std::filesystem::rename(write(config_ + ".new"), config_); }
  static std::string write(const std::string& path) {
    std::ofstream(path) << "connections = 100\n";
    return path;
  }
  bool is_said(const std::string& what) {
    for (const std::string& line : cluster_.said()) {
      if (line.find(what) != line.npos) return true;
    }
    return false;
  }

  TemporaryDirectory directory_;
  std::string config_ = write(directory_.path() + "/edge.toml");
  SupervisedCluster cluster_{{.ranks = 1,
                              .edges = "1",
                              .accounts = PairsUnderLoad::names(1),
                              .more = {"--edge-config", config_}}};
  PairsUnderLoad load_{cluster_.urls(), cluster_.directory(), 1};
};

TEST_F(HungStartTest, IsKilledAndStartedAgain) {
  ASSERT_TRUE(load_.begin());
  let_its_configuration_hang();
  const pid_t first = cluster_.edge_pid(0);
  ASSERT_EQ(::kill(first, SIGKILL), 0);
  ASSERT_TRUE(load_.run_until([&] { return cluster_.edge_pid(0) != first; }));
  const std::string hung = "edge1 (pid " + std::to_string(cluster_.edge_pid(0)) +
                           ") has not come to listen within 15 s; killed it";
  ASSERT_TRUE(load_.run_until([&] { return is_said(hung); }));
  mend_its_configuration();
  load_.expect_fault();
  PairsUnderLoad::Wait wait;
  EXPECT_TRUE(load_.go_on(wait));
  EXPECT_TRUE(load_.finish());
  const Verdict verdict = load_.verdict();
  EXPECT_EQ(verdict.wrong(), 0U) << to_string(verdict);
  EXPECT_EQ(cluster_.stop(), 0);
}

}  // namespace
}  // namespace trunkline::tests
