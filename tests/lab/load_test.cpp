// The load generator on a real cluster: what it counts is what happened.
#include "lab/load.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <boost/json.hpp>

#include "lab/arrivals.h"
#include "lab/report.h"
#include "tests/support/cluster_under_test.h"

namespace trunkline::lab {
namespace {

using tests::ClusterUnderTest;
using tests::Placement;

class LoadTest : public testing::Test {
 protected:
  LoadTest() : cluster({.ranks = 2, .placement = Placement::fused, .profile = "lab"}) {
    config.from_urls = {cluster.urls()[0]};
    config.to_urls = {cluster.urls()[1]};
    config.pairs = 4;
    config.logins = numbered_logins("u", 2 * config.pairs);
    config.rate_per_second = 400;
    config.warmup_s = 0.3;
    config.measured_s = 1;
    config.pids = {static_cast<int>(cluster.rank_pid(0)), static_cast<int>(cluster.rank_pid(1))};
    config.cluster = cluster.file();
    make_users(cluster.file(), config.logins);
  }
  LoadResult run() { return run_load(config, on_progress); }

  ClusterUnderTest cluster;
  LoadConfig config;
  OnProgress on_progress;
};

TEST_F(LoadTest, OpenLoopSendsAtItsRateAndLosesNothing) {
  for (const auto message_class : {wire::MessageClass::direct, wire::MessageClass::stored}) {
    config.message_class = message_class;
    const LoadResult result = run();
    EXPECT_EQ(result.sums.sent, 520U);
    EXPECT_EQ(result.sums.shown, result.sums.sent);
    EXPECT_EQ(result.sums.duplicated + result.sums.reordered + result.sums.refused, 0U);
    EXPECT_EQ(result.measured.shown.count(), 400U);
    EXPECT_GT(result.measured.shown.at(0.5), 0);
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
  EXPECT_FALSE(judge(config, result).failed);
}

TEST_F(LoadTest, AWindowGoesAsFastAsTheClusterDoes) {
  config.window = 16;
  config.message_class = wire::MessageClass::stored;
  config.measured_s = 0.5;
  const LoadResult result = run();
  EXPECT_GT(result.sums.sent, 16 * config.pairs);
  EXPECT_EQ(result.sums.shown, result.sums.sent);
  EXPECT_EQ(result.sums.stored, result.sums.sent);
}

TEST_F(LoadTest, HopsAddUpToEndToEnd) {
  config.stamped = true;
  const LoadResult result = run();
  const HopTable& hops = result.measured.hops;
  EXPECT_GE(hops.messages(), result.measured.shown.count() * 9 / 10);
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
  EXPECT_GT(result.measured.shown.at(0.8), 100'000'000);
  EXPECT_GT(result.measured.shown.max(), 350'000'000);
  EXPECT_LT(result.measured.lateness.at(0.9), 50'000'000);
}

TEST_F(LoadTest, ItsReportsSayTheSame) {
  const LoadResult result = run();
  const auto report = boost::json::parse(json_report(config, result)).as_object();
  EXPECT_EQ(report.at("sent").to_number<std::uint64_t>(), result.sums.sent);
  EXPECT_EQ(report.at("shown_us").at("n").to_number<std::uint64_t>(),
            result.measured.shown.count());
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
