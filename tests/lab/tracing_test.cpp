// Postcards of a real cluster: where messages waited, switched on and off while it serves, and
// without a change to what it does.
#include <gtest/gtest.h>

#include <algorithm>

#include "lab/cluster_trace.h"
#include "lab/load.h"
#include "tests/support/cluster_under_test.h"

namespace trunkline::lab {
namespace {

using tests::ClusterUnderTest;
using tests::Placement;

class TracingTest : public testing::Test {
 protected:
  TracingTest() : cluster({.ranks = 2, .placement = Placement::process, .profile = "lab"}) {
    config.urls = cluster.urls();
    config.traffic = Traffic(std::vector<Ends>(1, {0, 1}));
    config.logins = numbered_logins("u", 2);
    config.rate_per_second = 200;
    config.warmup_s = 0.2;
    config.measured_s = 1;
    config.cluster = cluster.file();
    make_users(cluster.file(), config.logins);
  }
  LoadResult run() { return run_load(config, {}); }
  void trace(TraceMode mode, wire::MessageClass message_class) {
    config.stamped = true;
    config.trace_mode = mode;
    config.message_class = message_class;
  }

  ClusterUnderTest cluster;
  LoadConfig config;
};

bool has(const WaitTable& waits, const std::string& word) {
  return std::ranges::any_of(waits.rows(),
                             [&](const auto& row) { return word_of(row.stretch) == word; });
}

double sum_of(const WaitTable& waits) {
  double sum = 0;
  for (const auto& row : waits.rows()) {
    sum += row.times->mean() * static_cast<double>(row.times->count());
  }
  return sum;
}

TEST_F(TracingTest, CardsTellEveryStretchOfAStoredMessagesRoad) {
  trace(TraceMode::postcard, wire::MessageClass::stored);
  const LoadResult result = run();
  const WaitTable& waits = result.postcards.waits;
  EXPECT_EQ(result.postcards.lost, 0u);
  EXPECT_EQ(waits.messages(), result.times.shown.count());
  EXPECT_EQ(result.measured.hops.messages(), 0u) << "no block of stamps travelled";
  for (const char* stretch :
       {"client_due-client_send", "client_send-edge_in", "edge_in-edge_decided",
        "edge_decided-edge_out", "store_asked-commit_begun", "commit_begun-committed",
        "committed-rank_durable", "edge_back-edge_write", "edge_write-edge_written",
        "edge_written-client_receive"}) {
    EXPECT_TRUE(has(waits, stretch)) << stretch;
  }
  // To a microsecond a message: the table is the whole, in parts.
  const double whole = waits.end_to_end().mean() * static_cast<double>(waits.messages());
  EXPECT_NEAR(sum_of(waits), whole, 1'000.0 * static_cast<double>(waits.messages()));
  for (const auto& row : waits.rows()) {
    EXPECT_EQ(row.times->negatives(), 0u);
    EXPECT_EQ(name_of(row.stretch).find(" -> "), std::string::npos)
        << name_of(row.stretch) << " is no stretch of a message's one road";
  }
}

TEST_F(TracingTest, BothModesTellTheSameMessages) {
  trace(TraceMode::both, wire::MessageClass::direct);
  const LoadResult result = run();
  const WaitTable& waits = result.postcards.waits;
  const HopTable& hops = result.measured.hops;
  ASSERT_EQ(waits.messages(), hops.messages());
  ASSERT_GT(waits.messages(), 150u);
  double late = 0;
  for (const auto& row : waits.rows()) {
    if (word_of(row.stretch) == "client_due-client_send") late = row.times->mean();
  }
  EXPECT_NEAR(waits.end_to_end().mean() - late, hops.end_to_end().mean(), 1'000);
  EXPECT_FALSE(hops.idle_rows().empty());
  std::uint64_t told = 0;
  for (const auto& row : hops.idle_rows()) {
    if (row.to == wire::Stamp::rank_in) told += row.times->count();
  }
  EXPECT_EQ(told, hops.messages()) << "each was taken by a rank that did something before";
}

TEST_F(TracingTest, ItIsSwitchedWhileTheClusterServes) {
  ClusterTrace trace_of_cluster(cluster.file());
  EXPECT_EQ(trace_of_cluster.status().size(), 4u) << "two ranks, two edges";
  trace(TraceMode::in_band, wire::MessageClass::direct);
  run();
  for (const auto& state : trace_of_cluster.status()) {
    EXPECT_FALSE(state.on) << state.process;
    EXPECT_EQ(state.cards, 0u) << state.process;
  }
  trace_of_cluster.on(16);
  run();
  for (const auto& state : trace_of_cluster.off()) {
    EXPECT_FALSE(state.on) << state.process;
    EXPECT_GT(state.cards, 0u) << state.process;
    EXPECT_GT(state.lost, 0u) << state.process << " keeps 16 of some hundred";
  }
  for (const auto& of : trace_of_cluster.take()) EXPECT_FALSE(of.cards.empty()) << of.process;
  for (const auto& state : trace_of_cluster.status()) EXPECT_EQ(state.cards, 0u) << state.process;
}

// One message under way at a time: how often each is slept for is a count, not a time.
TEST_F(TracingTest, TheIdleLoopDoesWhatItDidBefore) {
  config.window = 1;
  config.measured_s = 0.5;
  const auto sleeps_per_message = [&](TraceMode mode) {
    trace(mode, wire::MessageClass::direct);
    const LoadResult result = run();
    return result.counters.at("sleeps_total") / static_cast<double>(result.sums.shown);
  };
  std::vector<double> off, on;
  for (int round = 0; round < 3; ++round) {
    off.push_back(sleeps_per_message(TraceMode::in_band));
    on.push_back(sleeps_per_message(TraceMode::both));
  }
  std::ranges::sort(off);
  std::ranges::sort(on);
  std::printf("sleeps of two ranks per direct message: off %.3f %.3f %.3f, on %.3f %.3f %.3f\n",
              off[0], off[1], off[2], on[0], on[1], on[2]);
  EXPECT_NEAR(on[1] / off[1], 1, 0.05);
}

}  // namespace
}  // namespace trunkline::lab
