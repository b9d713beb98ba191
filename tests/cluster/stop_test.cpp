// SIGTERM stops a cluster in order, within 10 s, also with a rank that does not answer; and what
// dies again and again is started ever later.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "cluster/back_off.h"
#include "tests/cluster/under_fire.h"

namespace trunkline::tests {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kStopMax = 10s;
constexpr unsigned kGoingAway = 1001;

class StopTest : public UnderFire, public testing::WithParamInterface<Placement> {
 protected:
  static constexpr unsigned kEdges = 2;
  StopTest() : UnderFire(GetParam(), kEdges), load_(cluster_.urls(), cluster_.directory(), kPairs) {
    for (unsigned rank = 0; rank < kRanks; ++rank) ranks_.push_back(cluster_.rank_pid(rank));
    for (unsigned edge = 0; has_edge_processes() && edge < kEdges; ++edge) {
      edges_.push_back(cluster_.edge_pid(edge));
    }
  }

  static bool runs(pid_t pid) { return cluster::is_program(pid, "trunkline-"); }

  // SIGTERM, until the supervisor has ended. Says whether a rank went before an edge.
  void stop_under_load() {
    const auto begin = Clock::now();
    cluster_.ask_to_stop();
    EXPECT_TRUE(load_.run_until([&] {
      const bool a_rank_has_gone = !std::all_of(ranks_.begin(), ranks_.end(), runs);
      const bool an_edge_runs = std::any_of(edges_.begin(), edges_.end(), runs);
      out_of_order_ = out_of_order_ || (a_rank_has_gone && an_edge_runs);
      return cluster_.ended();
    }));
    const auto took = Clock::now() - begin;
    EXPECT_LT(took, kStopMax);
    EXPECT_TRUE(cluster_.left().empty());
    std::printf("%s: gone %.1f s after SIGTERM; clients saw %s\n",
                std::string(to_string(GetParam())).c_str(),
                std::chrono::duration<double>(took).count(), to_string(load_.seen()).c_str());
  }

  void expect_all_is_there_after_the_next_start() {
    cluster_.start_again();
    load_.move(cluster_.urls());
    EXPECT_TRUE(load_.finish());
    const Verdict verdict = load_.verdict();
    EXPECT_EQ(verdict.wrong(), 0u) << to_string(verdict);
    std::printf("%s\n", to_string(verdict).c_str());
    stop();
  }

  PairsUnderLoad load_;
  std::vector<pid_t> ranks_, edges_;
  bool out_of_order_ = false;
};

TEST_P(StopTest, EdgesDrainThenRanksLeave) {
  ASSERT_TRUE(load_.begin());
  stop_under_load();
  EXPECT_EQ(cluster_.stop(), 0) << "its exit status";
  EXPECT_FALSE(out_of_order_) << "a rank has gone before an edge";
  const Seen seen = load_.seen();
  for (const auto& [code, count] : seen.closed) EXPECT_EQ(code, kGoingAway);
  EXPECT_GE(seen.lost_sockets(), 2 * kPairs) << "every client is told";
  expect_all_is_there_after_the_next_start();
}

TEST_P(StopTest, ARankThatDoesNotAnswerDelaysItNoLonger) {
  ASSERT_TRUE(load_.begin());
  strike(ranks_.back(), SIGSTOP);
  stop_under_load();
  EXPECT_FALSE(runs(ranks_.back()));
  expect_all_is_there_after_the_next_start();
}

INSTANTIATE_TEST_SUITE_P(Placements, StopTest,
                         testing::Values(Placement::process, Placement::fused),
                         [](const auto& info) { return std::string(to_string(info.param)); });

// ---- what dies again and again

class DyingEdgeTest : public UnderFire {
 protected:
  DyingEdgeTest() : UnderFire(Placement::process, 1) {}

  // The pause that the supervisor says it makes.
  std::chrono::milliseconds kill_edge() {
    const pid_t pid = cluster_.edge_pid(0);
    strike(pid, SIGKILL);
    const std::string line = expect_said(load_, "edge1 (pid " + std::to_string(pid) + ") died");
    EXPECT_TRUE(load_.run_until([&] { return cluster_.edge_pid(0) != pid; }));
    constexpr std::string_view kBefore = "starting it again in ";
    const auto at = line.find(kBefore);
    long pause_ms = 0;
    if (at != line.npos) {
      std::from_chars(line.data() + at + kBefore.size(), line.data() + line.size(), pause_ms);
    }
    std::printf("%s\n", line.c_str());
    return std::chrono::milliseconds(pause_ms);
  }

  PairsUnderLoad load_{cluster_.urls(), cluster_.directory(), 1};
};

TEST_F(DyingEdgeTest, IsStartedEverLaterAndAtOnceWhenItHasLived) {
  using cluster::BackOff;
  ASSERT_TRUE(load_.begin());
  load_.run_for(BackOff::kStable);
  EXPECT_EQ(kill_edge(), 0ms);
  auto expected = BackOff::kFirst;
  for (int death = 0; death < 4; ++death, expected *= 2) {
    const auto pause = kill_edge();
    EXPECT_GE(pause, expected);
    EXPECT_LE(pause, expected + expected / 4);
  }
  load_.run_for(2 * BackOff::kStable);
  EXPECT_EQ(kill_edge(), 0ms);
  EXPECT_TRUE(load_.finish());
  const Verdict verdict = load_.verdict();
  EXPECT_EQ(verdict.wrong(), 0u) << to_string(verdict);
  stop();
}

}  // namespace
}  // namespace trunkline::tests
