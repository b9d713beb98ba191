#include "lab/tally.h"

#include <gtest/gtest.h>

namespace trunkline::lab {
namespace {

class TallyTest : public testing::Test {
 protected:
  void send(int count) {
    for (int i = 0; i < count; ++i) tally.sent(1'000, 1'005, lateness);
  }
  bool show(std::uint64_t sequence) { return tally.shown(sequence, 1'100, latency); }

  Tally tally{1'000, 2'000};
  Histogram latency, lateness;
};

TEST_F(TallyTest, LatencyCountsFromTheDueTime) {
  send(1);
  EXPECT_TRUE(show(0));
  EXPECT_EQ(latency.max(), 100);
  EXPECT_EQ(lateness.max(), 5);
}

TEST_F(TallyTest, WarmUpIsCountedButNotMeasured) {
  tally.sent(999, 999, lateness);
  tally.sent(2'000, 2'000, lateness);
  EXPECT_TRUE(show(0) && show(1));
  EXPECT_EQ(tally.sums().shown, 2U);
  EXPECT_EQ(latency.count(), 0U);
  EXPECT_EQ(lateness.count(), 0U);
}

TEST_F(TallyTest, ARepeatIsADuplicateAndNoSecondLatency) {
  send(1);
  EXPECT_TRUE(show(0));
  EXPECT_FALSE(show(0));
  EXPECT_EQ(tally.sums().shown, 1U);
  EXPECT_EQ(tally.sums().duplicated, 1U);
  EXPECT_EQ(latency.count(), 1U);
}

TEST_F(TallyTest, WhatComesAfterALaterOneIsReordered) {
  send(4);
  for (const std::uint64_t sequence : {0U, 3U, 1U, 2U}) show(sequence);
  EXPECT_EQ(tally.sums().reordered, 2U);
}

TEST_F(TallyTest, AGapIsNoDisorder) {
  send(3);
  show(0);
  show(2);
  EXPECT_EQ(tally.sums().reordered, 0U);
}

TEST_F(TallyTest, WhatWasNeverSentIsForeign) {
  EXPECT_FALSE(show(7));
  EXPECT_EQ(tally.sums().foreign, 1U);
}

TEST_F(TallyTest, StoredAndShownAreSeparate) {
  send(1);
  EXPECT_TRUE(tally.stored(0, 1'050, latency));
  EXPECT_FALSE(tally.stored(0, 1'060, latency));
  EXPECT_TRUE(show(0));
  EXPECT_TRUE(tally.refused(0));
  EXPECT_FALSE(tally.refused(0));
  EXPECT_EQ(tally.sums().duplicated, 0U);
}

}  // namespace
}  // namespace trunkline::lab
