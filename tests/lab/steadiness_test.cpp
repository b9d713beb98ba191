#include "lab/steadiness.h"

#include <gtest/gtest.h>

#include <random>

namespace trunkline::lab {
namespace {

std::vector<Tenth> tenths(std::size_t count, auto median_us, auto outstanding) {
  std::vector<Tenth> all;
  for (std::size_t i = 0; i < count; ++i) {
    all.push_back({median_us(static_cast<double>(i)), outstanding(static_cast<double>(i))});
  }
  return all;
}

// scipy.stats.kendalltau(range(10), values).pvalue, method='asymptotic', knows no correction for
// continuity; these were worked out by hand: score 33, variance 125, z 32 / 11.18.
TEST(Steadiness, ATrendIsTold) {
  const Trend rising = trend_of({1, 3, 2, 4, 5, 7, 6, 8, 12, 9});
  EXPECT_NEAR(rising.p, 0.000532, 0.0002);
  EXPECT_NEAR(rising.slope, 1, 0.15);
  EXPECT_EQ(trend_of({5, 5, 5, 5, 5}).p, 1);
  EXPECT_EQ(trend_of({1, 2}).p, 1);
  EXPECT_NEAR(trend_of({4, 3, 2, 1, 0}).slope, -1, 1e-9);
}

TEST(Steadiness, WarmUpIsFound) {
  std::mt19937_64 chance(1);
  std::normal_distribution<double> noise(100, 3);
  std::vector<double> values;
  for (int i = 0; i < 100; ++i) values.push_back(noise(chance) + (i < 20 ? 10.0 * (20 - i) : 0));
  const auto length = warm_up_length(values);
  ASSERT_TRUE(length);
  EXPECT_GE(*length, 15U);
  EXPECT_LE(*length, 30U);
}

TEST(Steadiness, WhatWasAtRestIsSteadyNearlyAlways) {
  std::mt19937_64 chance(2);
  std::lognormal_distribution<double> noise(5.7, 0.2);
  std::poisson_distribution<int> waiting(5);
  int steady = 0;
  constexpr int kTrials = 400;
  for (int trial = 0; trial < kTrials; ++trial) {
    const auto all = tenths(
        50, [&](double) { return noise(chance); },
        [&](double) { return static_cast<double>(waiting(chance)); });
    steady += steadiness_of(all, 5'000) == Steadiness::steady;
  }
  EXPECT_GT(steady, kTrials * 95 / 100);
}

TEST(Steadiness, RisingMediansAndGatheringMessagesAreTold) {
  std::mt19937_64 chance(3);
  std::normal_distribution<double> noise(300, 10);
  const auto few = [](double) { return 5.0; };
  EXPECT_EQ(steadiness_of(tenths(
                              50, [&](double i) { return noise(chance) + 2 * i; }, few),
                          5'000),
            Steadiness::trend);
  EXPECT_EQ(
      steadiness_of(tenths(
                        50, [&](double) { return noise(chance); }, [](double i) { return 20 * i; }),
                    5'000),
      Steadiness::saturated);
  EXPECT_EQ(steadiness_of(tenths(
                              19, [](double) { return 300.0; }, few),
                          5'000),
            Steadiness::too_short);
  // Longer than what is compared value by value.
  EXPECT_EQ(steadiness_of(tenths(
                              6'000, [&](double) { return noise(chance); }, few),
                          600'000),
            Steadiness::steady);
}

}  // namespace
}  // namespace trunkline::lab
