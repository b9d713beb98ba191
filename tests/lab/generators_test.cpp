// Several generator processes on a real cluster measure what one does.
#include "lab/generators.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <vector>

#include "lab/checks.h"
#include "tests/support/cluster_under_test.h"

namespace trunkline::lab {
namespace {

using tests::ClusterUnderTest;
using tests::Placement;

std::vector<int> children() {
  std::vector<int> all;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream file(thread.path() / "children");
    for (int pid = 0; file >> pid;) all.push_back(pid);
  }
  return all;
}

class GeneratorsTest : public testing::Test {
 protected:
  GeneratorsTest() : cluster({.ranks = 2, .placement = Placement::fused, .profile = "lab"}) {
    cell.pairs = 5;
    cell.rate_per_second = 500;
    cell.arrivals = "poisson";
    cell.matrix = "uniform";
    cell.warmup_s = 0.3;
    cell.measured_s = 2;
    cell.message_class = wire::MessageClass::stored;
    cell.trace = "all";
    cell.trace_mode = TraceMode::both;
    config = load_of(cell, cluster.urls(), numbered_logins("u", 20), 7);
    config.pids = {static_cast<int>(cluster.rank_pid(0)), static_cast<int>(cluster.rank_pid(1))};
    config.cluster = cluster.file();
    make_users(cluster.file(), config.logins);
  }
  std::string why(std::size_t count, const OnProgress& on_progress) {
    try {
      run_generators(cell, config, count, on_progress);
    } catch (const std::runtime_error& problem) {
      return problem.what();
    }
    return "it went well";
  }

  ClusterUnderTest cluster;
  Cell cell;
  LoadConfig config;
};

TEST_F(GeneratorsTest, TheySendTheScheduleOfOneAndMissNothing) {
  const LoadResult one = run_load(config, {});
  std::uint64_t shown = 0, stored = 0, late = 0, sent = 0, traced = 0, seconds = 0;
  const OnSlice on_slice = [&](const Slice& slice) {
    shown += slice.times.shown.count();
    stored += slice.times.stored.count();
    late += slice.times.lateness.count();
    sent += slice.sums.sent;
    traced += slice.traced.size();
    EXPECT_NEAR(slice.begin_s, static_cast<double>(seconds++), 1e-6);
  };
  std::size_t ready = 0;
  const OnProgress on_progress = [&](const Progress& progress) {
    ready = std::max(ready, progress.pairs_ready);
  };
  const std::size_t before = children().size();
  const LoadResult three = run_generators(cell, config, 3, on_progress, on_slice);
  EXPECT_EQ(children().size(), before) << "a generator is left";

  EXPECT_EQ(three.due, one.due);
  EXPECT_EQ(three.sums.sent, one.sums.sent) << "with the same seed";
  EXPECT_EQ(three.sums.shown, three.sums.sent);
  EXPECT_EQ(three.sums.stored, three.sums.sent);
  EXPECT_EQ(three.sums.duplicated + three.sums.reordered + three.sums.foreign, 0U);
  EXPECT_EQ(three.times.shown.count(), three.due);
  EXPECT_EQ(three.times.stored.count(), three.due);
  EXPECT_EQ(three.times.lateness.count(), three.due);
  EXPECT_EQ(three.measured.hops.messages(), three.due);
  EXPECT_EQ(three.postcards.waits.messages(), three.due) << "with the cards of all generators";
  EXPECT_GT(three.times.hiccups.count(), 1'000U);
  EXPECT_EQ(shown, three.due);
  EXPECT_EQ(stored, three.due);
  EXPECT_EQ(late, three.due);
  EXPECT_EQ(traced, kTracedBytes * three.due);
  EXPECT_EQ(sent, three.sums.sent - (one.sums.sent - one.due)) << "all but the warm-up";
  EXPECT_EQ(seconds, 3U) << "and what came after";
  EXPECT_EQ(three.tenths.size(), 20U);
  EXPECT_EQ(three.shown_by_tenth.size(), 20U);
  EXPECT_EQ(ready, config.traffic.pairs().size());
  ASSERT_EQ(three.measured.between.size(), one.measured.between.size());
  for (std::size_t i = 0; i < one.measured.between.size(); ++i) {
    ASSERT_EQ(bool(three.measured.between[i]), bool(one.measured.between[i]));
    if (!one.measured.between[i]) continue;
    EXPECT_EQ(three.measured.between[i]->count(), one.measured.between[i]->count());
  }
  EXPECT_EQ(three.measured.storage, one.measured.storage);
  EXPECT_GT(three.generator_cores, 0);
  EXPECT_GT(three.servers.cpu_us, 0);
  EXPECT_FALSE(three.counters.empty());
  EXPECT_TRUE(all_passed(checks_of(config, three), CheckKind::promise));
}

TEST_F(GeneratorsTest, TheOneThatDiesIsNamed) {
  bool killed = false;
  const std::vector<int> others = children();
  const std::string text = why(2, [&](const Progress& progress) {
    if (progress.phase != Phase::measuring || std::exchange(killed, true)) return;
    for (const int pid : children()) {
      if (std::ranges::find(others, pid) != others.end()) continue;
      ::kill(pid, SIGKILL);
      return;
    }
  });
  EXPECT_TRUE(killed);
  EXPECT_TRUE(text.starts_with("generator ") && text.ends_with("of 2 died of signal 9")) << text;
  EXPECT_EQ(children().size(), others.size()) << "the other one is left";
}

TEST_F(GeneratorsTest, WhatGoesWrongInOneIsToldByAll) {
  config.logins[1].password = "wrong";
  const std::string refused = why(2, {});
  EXPECT_TRUE(refused.starts_with("generator 1 of 2: u0002 at ")) << refused;
  EXPECT_NE(why(99, {}).find("99 generators need a pair each"), std::string::npos);
}

TEST_F(GeneratorsTest, AWindowIsKeptByEach) {
  cell.window = 4;
  cell.arrivals = "const";
  cell.trace = "off";
  cell.measured_s = 0.5;
  config = load_of(cell, cluster.urls(), config.logins, 7);
  const LoadResult result = run_generators(cell, config, 2, {});
  EXPECT_GT(result.sums.sent, 40U);
  EXPECT_EQ(result.sums.shown, result.sums.sent);
  EXPECT_EQ(result.due, result.times.lateness.count());
}

}  // namespace
}  // namespace trunkline::lab
