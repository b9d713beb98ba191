// The load generator on a real cluster: what it counts is what happened.
#include "lab/load.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <boost/json.hpp>

#include "lab/arrivals.h"
#include "lab/checks.h"
#include "lab/report.h"
#include "tests/support/cluster_under_test.h"

namespace trunkline::lab {
namespace {

using tests::ClusterUnderTest;
using tests::Placement;

class LoadTest : public testing::Test {
 protected:
  LoadTest() : cluster({.ranks = 2, .placement = Placement::fused, .profile = "lab"}) {
    config.urls = cluster.urls();
    config.traffic = Traffic(std::vector<Ends>(kPairs, {0, 1}));
    config.logins = numbered_logins("u", 2 * kPairs);
    config.rate_per_second = 400;
    config.warmup_s = 0.3;
    config.measured_s = 1;
    config.pids = {static_cast<int>(cluster.rank_pid(0)), static_cast<int>(cluster.rank_pid(1))};
    config.cluster = cluster.file();
    make_users(cluster.file(), config.logins);
  }
  static constexpr std::size_t kPairs = 4;
  LoadResult run() { return run_load(config, on_progress, on_slice); }

  ClusterUnderTest cluster;
  LoadConfig config;
  OnProgress on_progress;
  OnSlice on_slice;
};

TEST_F(LoadTest, OpenLoopSendsAtItsRateAndLosesNothing) {
  for (const auto message_class : {wire::MessageClass::direct, wire::MessageClass::stored}) {
    config.message_class = message_class;
    const LoadResult result = run();
    EXPECT_EQ(result.sums.sent, 520U);
    EXPECT_EQ(result.sums.shown, result.sums.sent);
    EXPECT_EQ(result.sums.duplicated + result.sums.reordered + result.sums.refused, 0U);
    EXPECT_EQ(result.times.shown.count(), 400U);
    EXPECT_GT(result.times.shown.at(0.5), 0);
    EXPECT_GT(result.servers.cpu_us, 0);
    EXPECT_TRUE(result.servers.complete);
    if (message_class == wire::MessageClass::stored) {
      EXPECT_EQ(result.sums.stored, result.sums.sent);
    }
  }
}

TEST_F(LoadTest, ArrivalsAreThoseOfTheSeed) {
  config.arrivals = "burst:10,0.3";
  const auto due = [this] {  // of 1.3 s
    const auto arrivals = make_arrivals(config.arrivals, config.rate_per_second, config.seed);
    std::uint64_t count = 0;
    while (arrivals->next() < 1'300'000'000) ++count;
    return count;
  };
  for (config.seed = 1; config.seed <= 2; ++config.seed) {
    const LoadResult result = run();
    EXPECT_EQ(result.sums.sent, due());
    EXPECT_EQ(result.sums.shown, result.sums.sent);
  }
}

TEST_F(LoadTest, JsonIsMeasuredTheSameWay) {
  config.protocol = Protocol::json;
  config.message_class = wire::MessageClass::stored;
  const LoadResult result = run();
  EXPECT_EQ(result.sums.shown, result.sums.sent);
  EXPECT_TRUE(all_passed(checks_of(config, result), CheckKind::promise));
}

TEST_F(LoadTest, AWindowGoesAsFastAsTheClusterDoes) {
  config.window = 16;
  config.message_class = wire::MessageClass::stored;
  config.measured_s = 0.5;
  const LoadResult result = run();
  EXPECT_GT(result.sums.sent, 16 * kPairs);
  EXPECT_EQ(result.sums.shown, result.sums.sent);
  EXPECT_EQ(result.sums.stored, result.sums.sent);
}

// Every second is told, and all seconds together are the run.
TEST_F(LoadTest, SecondsAddUpToTheWhole) {
  config.measured_s = 2;
  TallySums sums;
  std::uint64_t shown = 0, hiccups = 0;
  std::vector<double> begins;
  on_slice = [&](const Slice& slice) {
    begins.push_back(slice.begin_s);
    shown += slice.times.shown.count();
    hiccups += slice.times.hiccups.count();
    sums.sent += slice.sums.sent;
  };
  const LoadResult result = run();
  EXPECT_EQ(shown, 800U);
  EXPECT_EQ(shown, result.times.shown.count());
  EXPECT_NEAR(static_cast<double>(sums.sent), 800, 80);
  EXPECT_GT(hiccups, 200U);
  ASSERT_EQ(begins.size(), 3U);  // the last one is what came after the measured time
  EXPECT_NEAR(begins[1], 1, 1e-6);
  EXPECT_NEAR(begins[2], 2, 1e-6);
  EXPECT_EQ(result.tenths.size(), 20U);
  EXPECT_EQ(result.shown_by_tenth.size(), 20U);
  std::uint64_t by_tenth = 0;
  for (const SparseCounts& tenth : result.shown_by_tenth) {
    for (const PlaceCount& one : tenth) by_tenth += one.count;
  }
  EXPECT_EQ(by_tenth, 800U) << "what came later too";
  EXPECT_EQ(result.due, 800U);
}

TEST_F(LoadTest, AMatrixSaysWhoSendsToWhom) {
  config.matrix = "uniform";
  config.traffic = Traffic(make_traffic_matrix(config.matrix, 2, 1), kPairs, 1);
  const LoadResult result = run();
  const auto& between = result.measured.between;
  ASSERT_EQ(between.size(), 4U);
  EXPECT_FALSE(between[0]);
  ASSERT_TRUE(between[1] && between[2]);
  EXPECT_FALSE(between[3]);
  EXPECT_EQ(between[1]->count() + between[2]->count(), 400U);
  EXPECT_NEAR(static_cast<double>(between[1]->count()), 200, 50);
}

TEST_F(LoadTest, HopsAddUpToEndToEnd) {
  config.stamped = true;
  const LoadResult result = run();
  const HopTable& hops = result.measured.hops;
  EXPECT_GE(hops.messages(), result.times.shown.count() * 9 / 10);
  double sum = 0;
  bool over_mpi = false;
  for (const HopTable::Row& row : hops.rows()) {
    sum += row.times->mean() * static_cast<double>(row.times->count());
    EXPECT_EQ(row.times->negatives(), 0U) << name_of(row.from) << " to " << name_of(row.to);
    over_mpi = over_mpi || row.to == wire::Stamp::rank_matched;
  }
  EXPECT_TRUE(over_mpi);
  const double whole = hops.end_to_end().mean() * static_cast<double>(hops.messages());
  EXPECT_NEAR(sum, whole, whole * 1e-6);
}

// A generator that waits for answers would send nothing during a stall, and count it once.
TEST_F(LoadTest, AStallIsSeenByEveryMessageThatWasDueInIt) {
  int ticks = 0;  // five a second
  on_progress = [&](const Progress& progress) {
    if (progress.phase != Phase::measuring) return;
    ++ticks;
    if (ticks == 1) ::kill(cluster.rank_pid(1), SIGSTOP);
    if (ticks == 3) ::kill(cluster.rank_pid(1), SIGCONT);
  };
  const LoadResult result = run();
  EXPECT_EQ(result.sums.shown, result.sums.sent);
  // 0.4 s of 1 s: the median of those that were due in it waited about 0.2 s.
  EXPECT_GT(result.times.shown.at(0.8), 100'000'000);
  EXPECT_GT(result.times.shown.max(), 350'000'000);
  EXPECT_LT(result.times.lateness.at(0.9), 50'000'000);
}

TEST_F(LoadTest, ItsReportsSayTheSame) {
  const LoadResult result = run();
  const auto report = json_report(config, result);
  EXPECT_EQ(report.at("sent").to_number<std::uint64_t>(), result.sums.sent);
  EXPECT_EQ(report.at("shown_us").at("n").to_number<std::uint64_t>(), result.times.shown.count());
  EXPECT_EQ(report.at("failed"), false);
  EXPECT_GT(report.at("rank_wakeups").as_object().size(), 0U);
  const std::string text = text_report(config, result);
  EXPECT_NE(text.find("sent " + std::to_string(result.sums.sent)), std::string::npos);
  EXPECT_NE(text.find("servers: 2 processes"), std::string::npos);
}

TEST_F(LoadTest, AnEdgeThatGoesAwayIsTold) {
  bool killed = false;
  on_progress = [&](const Progress& progress) {
    if (killed || progress.phase == Phase::logging_in) return;
    killed = true;
    cluster.kill_rank(1);
  };
  EXPECT_THROW((void)run(), std::runtime_error);
  EXPECT_TRUE(killed);
}

}  // namespace
}  // namespace trunkline::lab
