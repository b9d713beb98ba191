// A supervised cluster of one placement, its clients under load, and faults that come one after the
// other. In the end nothing may be wrong by the clients' ledgers.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "tests/cluster/fault_table.h"
#include "tests/cluster/supervised_cluster.h"
#include "tests/support/cluster_under_test.h"

namespace trunkline::tests {

class UnderFire : public testing::Test {
 protected:
  static constexpr unsigned kPairs = 20;
  static constexpr unsigned kRanks = 2;

  UnderFire(Placement placement, unsigned edges, std::vector<std::string> environment = {});

  bool has_edge_processes() const { return cluster::has_edge_processes(placement_); }

  struct Fault {
    std::string name;
    // Returns when it has passed; the cluster may still be mending itself.
    std::function<void(unsigned round)> happen;
  };
  // All of them, as often as kill_rounds() says; then the verdict, and the table.
  void run(const std::string& where, PairsUnderLoad& load, const std::vector<Fault>& faults);

  // An orderly stop, which leaves nothing behind.
  void stop();

  // ---- what faults are made of

  void strike(pid_t pid, int signal);
  // Empty while there is none.
  std::string job() const;
  // A job other than the one at the last strike serves; clients of its edges follow.
  void wait_for_successor(PairsUnderLoad& load);
  // The supervisor says it in one line, once since the last strike. Returns the line.
  std::string expect_said(PairsUnderLoad& load, const std::string& what);

  const Placement placement_;
  SupervisedCluster cluster_;

 private:
  std::string job_before_;
  std::size_t lines_before_ = 0;
};

}  // namespace trunkline::tests
