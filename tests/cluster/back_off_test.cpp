#include "cluster/back_off.h"

#include <gtest/gtest.h>

namespace trunkline::cluster {
namespace {

using namespace std::chrono_literals;

TEST(BackOff, WhatHasLivedStartsAgainAtOnce) {
  BackOff back_off;
  EXPECT_EQ(back_off.next(3s, 12345), 0ms);
  EXPECT_EQ(back_off.next(1h, 12345), 0ms);
}

TEST(BackOff, DoublesUpToItsMostAndBeginsAnewAfterALife) {
  BackOff back_off;
  for (const auto expected : {200ms, 400ms, 800ms, 1600ms, 3200ms, 6400ms, 10000ms, 10000ms}) {
    EXPECT_EQ(back_off.next(0s, 0), expected);
  }
  EXPECT_EQ(back_off.next(3s, 0), 0ms);
  EXPECT_EQ(back_off.next(1s, 0), 200ms);
}

TEST(BackOff, JitterAddsAtMostAQuarterAndDoesNotAddUp) {
  std::chrono::milliseconds least = 1h, most{0};
  for (unsigned chance = 0; chance < 1'000; ++chance) {
    BackOff back_off;
    back_off.next(0s, chance * 7);
    const auto second = back_off.next(0s, chance);
    least = std::min(least, second);
    most = std::max(most, second);
  }
  EXPECT_EQ(least, 400ms);
  EXPECT_EQ(most, 500ms);
}

}  // namespace
}  // namespace trunkline::cluster
