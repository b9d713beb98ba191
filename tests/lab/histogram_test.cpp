#include "lab/histogram.h"

#include <gtest/gtest.h>

#include <random>

namespace trunkline::lab {
namespace {

TEST(Histogram, SmallValuesAreExact) {
  Histogram times;
  for (std::int64_t value = 1; value <= 2000; ++value) times.record(value);
  EXPECT_EQ(times.count(), 2000U);
  EXPECT_EQ(times.at(0.5), 1000);
  EXPECT_EQ(times.at(0.99), 1980);
  EXPECT_EQ(times.at(1), 2000);
  EXPECT_EQ(times.at(0), 1);
  EXPECT_DOUBLE_EQ(times.mean(), 1000.5);
}

TEST(Histogram, PercentilesAreThoseOfTheSortedValuesToThreeDigits) {
  std::mt19937_64 chance(7);
  std::lognormal_distribution<double> spread(11, 2);
  Histogram times;
  std::vector<std::int64_t> values;
  for (int i = 0; i < 100'000; ++i) {
    const auto value = static_cast<std::int64_t>(spread(chance));
    times.record(value);
    values.push_back(std::min(value, Histogram::kLongestNs));
  }
  std::sort(values.begin(), values.end());
  for (const double quantile : {0.001, 0.5, 0.9, 0.99, 0.999, 0.99999}) {
    const auto rank = static_cast<std::size_t>(std::ceil(quantile * 100'000)) - 1;
    const auto exact = static_cast<double>(values[rank]);
    EXPECT_NEAR(static_cast<double>(times.at(quantile)), exact, 1 + exact * 1e-3) << quantile;
  }
  EXPECT_EQ(times.at(1), std::min(times.max(), Histogram::kLongestNs));
}

TEST(Histogram, NothingIsDropped) {
  Histogram times;
  times.record(-5);
  times.record(100 * Histogram::kLongestNs);
  EXPECT_EQ(times.count(), 2U);
  EXPECT_EQ(times.negatives(), 1U);
  EXPECT_EQ(times.max(), 100 * Histogram::kLongestNs);
  EXPECT_GE(times.at(1), Histogram::kLongestNs);
}

TEST(Histogram, EmptyOnesSayZero) {
  const Histogram times;
  EXPECT_EQ(times.at(0.5), 0);
  EXPECT_EQ(times.max(), 0);
  EXPECT_EQ(times.mean(), 0);
}

TEST(Histogram, TwoAddUp) {
  Histogram one, two;
  one.record(10);
  two.record(1'000'000);
  one.add(two);
  EXPECT_EQ(one.count(), 2U);
  EXPECT_EQ(one.at(0.5), 10);
  EXPECT_EQ(one.max(), 1'000'000);
}

}  // namespace
}  // namespace trunkline::lab
