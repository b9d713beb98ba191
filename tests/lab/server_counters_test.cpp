#include "lab/server_counters.h"

#include <gtest/gtest.h>

namespace trunkline::lab {
namespace {

constexpr const char* kRank0 =
    "# TYPE trunkline_rank_wakeups_total counter\n"
    "trunkline_rank_wakeups_total{rank=\"0\",cause=\"port\"} 5\n"
    "trunkline_rank_wakeups_total{rank=\"0\",cause=\"timer\"} 1\n"
    "trunkline_rank_sleeps_total{rank=\"0\"} 6\n"
    "trunkline_edge_sessions{edge=\"edge1\"} 9\n";
constexpr const char* kRank1 = "trunkline_rank_wakeups_total{rank=\"1\",cause=\"port\"} 7\n";

TEST(ServerCounters, AddUpOverRanks) {
  ServerCounters counters;
  add_metrics(counters, kRank0);
  add_metrics(counters, kRank1);
  EXPECT_EQ(counters.size(), 3U);
  EXPECT_EQ(counters["wakeups_total{cause=\"port\"}"], 12);
  EXPECT_EQ(counters["sleeps_total"], 6);
}

TEST(ServerCounters, AreToldByTheirLabel) {
  ServerCounters counters;
  add_metrics(counters, kRank0);
  const std::map<std::string, double> expected{{"port", 5}, {"timer", 1}};
  EXPECT_EQ(by_label(counters, "wakeups_total"), expected);
  EXPECT_TRUE(by_label(counters, "sleeps_total").empty());
}

TEST(ServerCounters, OfARunAreADifference) {
  ServerCounters before, after;
  add_metrics(before, kRank1);
  add_metrics(after, kRank1);
  add_metrics(after, kRank0);
  EXPECT_EQ(difference(after, before)["wakeups_total{cause=\"port\"}"], 5);
}

}  // namespace
}  // namespace trunkline::lab
