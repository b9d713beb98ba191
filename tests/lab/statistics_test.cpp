// The answers of SciPy 1.10.1 (stats.mannwhitneyu, stats.binom) stand in the tables; what it has no
// function for follows from a definition.
#include "lab/statistics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace trunkline::lab {
namespace {

struct Case {
  std::vector<double> a, b;
  double p, shift;
};

// mannwhitneyu(a, b, alternative="two-sided"); the median of all differences b − a.
const Case kCases[] = {
    {{10.1, 10.4, 9.9, 10.2, 10.6, 10.0},
     {11.2, 11.0, 11.5, 10.9, 11.3, 11.1},
     0.0021645021645021645,
     1.0},
    {{10.1, 10.4, 9.9, 10.2, 10.6, 10.0},
     {10.3, 10.5, 9.8, 10.15, 10.7, 10.05},
     0.8181818181818182,
     0.075},
    {{1, 2, 2, 3, 5, 8}, {2, 3, 3, 4, 9, 9, 12}, 0.16936768223501375, 1.5},
    {{52.1, 49.0, 50.3, 51.7}, {48.2, 47.1, 46.9, 45.0}, 0.02857142857142857, -3.95},
    {{5, 5, 5}, {5, 5, 5}, 1.0, 0.0},
};

TEST(StatisticsTest, ComparesAsSciPyDoes) {
  for (const Case& each : kCases) {
    const Comparison found = compare(each.a, each.b);
    EXPECT_NEAR(found.p, each.p, 1e-12);
    EXPECT_NEAR(found.shift, each.shift, 1e-9);
    const Comparison turned = compare(each.b, each.a);
    EXPECT_NEAR(turned.p, each.p, 1e-12);
    EXPECT_NEAR(turned.shift, -each.shift, 1e-9);
    EXPECT_NEAR(turned.delta, -found.delta, 1e-12);
  }
}

TEST(StatisticsTest, DeltaSaysHowOftenOneIsAboveTheOther) {
  EXPECT_EQ(compare({1, 2}, {3, 4}).delta, 1);
  EXPECT_EQ(compare({1, 3}, {2, 2}).delta, 0);
  EXPECT_EQ(compare({1, 2}, {2, 3}).delta, 0.75);
}

TEST(StatisticsTest, AShiftHasAnIntervalFromFourLaunchesOfEachOn) {
  EXPECT_FALSE(compare({1, 2, 3}, {4, 5, 6}).shift_interval);
  const auto least = compare({1, 2, 3, 4}, {11, 12, 13, 14}).shift_interval;
  ASSERT_TRUE(least);
  EXPECT_EQ(least->low, 7);
  EXPECT_EQ(least->high, 13);
  EXPECT_NEAR(least->coverage, 1 - 2.0 / 70, 1e-12);
  // Six of each: U of 5 or less has 4.1 % on both sides together, as any table says.
  EXPECT_NEAR(compare({1, 2, 3, 4, 5, 6}, {1.5, 2.5, 3.5, 4.5, 5.5, 6.5}).shift_interval->coverage,
              1 - 0.04113, 1e-5);
}

// binom.ppf(0.025, n, q) is the place of the lower end, counted from 1; of 0.975 the upper.
TEST(StatisticsTest, QuantilesLieBetweenPlacesOfTheBinomialDistribution) {
  const auto six = quantile_places(6, 0.5);
  ASSERT_TRUE(six);
  EXPECT_EQ(six->low, 0U);
  EXPECT_EQ(six->high, 5U);
  EXPECT_NEAR(six->coverage, 0.96875, 1e-12);
  const auto ten = quantile_places(10, 0.5);
  EXPECT_EQ(ten->low, 1U);
  EXPECT_EQ(ten->high, 8U);
  EXPECT_NEAR(ten->coverage, 0.978515625, 1e-12);
  const auto thousand = quantile_places(1000, 0.99);
  EXPECT_EQ(thousand->low + 1, 983U);
  EXPECT_EQ(thousand->high, 996U);
  EXPECT_GE(thousand->coverage, 0.95);
  EXPECT_TRUE(quantile_places(368, 0.99));
  EXPECT_FALSE(quantile_places(367, 0.99));
  EXPECT_FALSE(quantile_places(5, 0.5));
  EXPECT_FALSE(quantile_places(0, 0.5));
}

TEST(StatisticsTest, ATailNeedsSamples) {
  EXPECT_EQ(samples_needed(0.5), 6U);
  EXPECT_EQ(samples_needed(0.9), 36U);
  EXPECT_EQ(samples_needed(0.99), 368U);
  EXPECT_EQ(samples_needed(0.999), 3'688U);
  EXPECT_EQ(samples_needed(0.9999), 36'887U);
}

TEST(StatisticsTest, TheMediansIntervalHoldsItAsOftenAsItSays) {
  std::mt19937 random(1);
  std::exponential_distribution<double> skewed(1);
  int held = 0;
  constexpr int kTrials = 4'000;
  for (int trial = 0; trial < kTrials; ++trial) {
    std::vector<double> values(10);
    std::generate(values.begin(), values.end(), [&] { return skewed(random); });
    const auto interval = median_interval(values);
    held += interval->low <= std::log(2.0) && std::log(2.0) <= interval->high;
  }
  EXPECT_NEAR(held / static_cast<double>(kTrials), 0.9785, 0.01);
  EXPECT_FALSE(median_interval({1, 2, 3, 4, 5}));
  EXPECT_EQ(median({3, 1, 2}), 2);
  EXPECT_EQ(median({4, 1, 2, 3}), 2.5);
}

// Two sets of six launches from one distribution: the test's own level is 4.1 %.
TEST(StatisticsTest, FalseAlarmsAreAsRareAsItSays) {
  std::mt19937 random(7);
  std::lognormal_distribution<double> skewed(0, 0.5);
  const auto launches = [&] {
    std::vector<double> values(6);
    std::generate(values.begin(), values.end(), [&] { return skewed(random); });
    return values;
  };
  int alarms = 0, outside = 0;
  constexpr int kTrials = 2'000;
  for (int trial = 0; trial < kTrials; ++trial) {
    const Comparison found = compare(launches(), launches());
    alarms += found.p < 0.05;
    outside += found.shift_interval->low > 0 || found.shift_interval->high < 0;
  }
  EXPECT_NEAR(alarms / static_cast<double>(kTrials), 0.041, 0.015);
  EXPECT_EQ(alarms, outside) << "test and interval are one";
}

TEST(StatisticsTest, ManyTestsAreCorrected) {
  const std::vector<double> corrected = holm({0.01, 0.04, 0.03, 0.005});
  EXPECT_NEAR(corrected[3], 0.02, 1e-12);
  EXPECT_NEAR(corrected[0], 0.03, 1e-12);
  EXPECT_NEAR(corrected[2], 0.06, 1e-12);
  EXPECT_NEAR(corrected[1], 0.06, 1e-12);
  EXPECT_TRUE(holm({}).empty());
}

}  // namespace
}  // namespace trunkline::lab
