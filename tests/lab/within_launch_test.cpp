#include "lab/within_launch.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "lab/slices.h"

namespace trunkline::lab {
namespace {

// Tenths of a second of so many messages each. `level_us`: by tenth.
std::vector<SparseCounts> tenths(std::size_t count, std::size_t messages, std::mt19937_64& chance,
                                 const auto& level_us) {
  std::lognormal_distribution<double> noise(0, 0.2);
  std::vector<SparseCounts> all;
  for (std::size_t i = 0; i < count; ++i) {
    Histogram shown;
    const double level = level_us(i);
    for (std::size_t message = 0; message < messages; ++message) {
      shown.record(static_cast<std::int64_t>(1'000 * level * noise(chance)));
    }
    all.push_back(sparse_counts(shown));
  }
  return all;
}

TEST(WithinLaunchTest, TheTruthIsInTheInterval) {
  constexpr int kTrials = 200;
  int inside = 0;
  std::mt19937_64 chance(5);
  for (int trial = 0; trial < kTrials; ++trial) {
    const auto within = within_launch(tenths(50, 100, chance, [](auto) { return 200.0; }), 1);
    ASSERT_TRUE(within && within->intervals[0]);
    inside += within->intervals[0]->low <= 200.2 && within->intervals[0]->high >= 199.8;
  }
  EXPECT_GE(inside, 0.88 * kTrials) << "a bootstrap of 5 s is a little too narrow";
}

// Half a second that is slow is one event and not fifty slow messages.
TEST(WithinLaunchTest, WhatResemblesItsNeighboursTellsLess) {
  std::mt19937_64 chance(6);
  const auto width = [](const std::vector<SparseCounts>& all) {
    const auto interval = within_launch(all, 1)->intervals[1];
    return interval->high - interval->low;
  };
  const double apart =
      width(tenths(60, 100, chance, [](std::size_t i) { return i % 6 == 0 ? 400.0 : 200.0; }));
  const double together = width(
      tenths(60, 100, chance, [](std::size_t i) { return i >= 20 && i < 30 ? 400.0 : 200.0; }));
  EXPECT_GT(together, 1.5 * apart);
}

TEST(WithinLaunchTest, TheSeedDecides) {
  std::mt19937_64 chance(7);
  const auto all = tenths(600, 20, chance, [](auto) { return 300.0; });
  const auto first = within_launch(all, 3), again = within_launch(all, 3);
  ASSERT_TRUE(first && first->intervals[2]);
  EXPECT_EQ(first->intervals[2]->low, again->intervals[2]->low);
  EXPECT_EQ(first->intervals[2]->high, again->intervals[2]->high);
  EXPECT_NEAR(first->block_s, 1.8, 1e-9) << "200 units of 0.3 s, six together";
}

TEST(WithinLaunchTest, OfTooLittleNothingIsSaid) {
  std::mt19937_64 chance(8);
  const auto level = [](auto) { return 200.0; };
  EXPECT_FALSE(within_launch(tenths(19, 100, chance, level), 1)) << "less than 2 s";
  EXPECT_FALSE(within_launch(std::vector<SparseCounts>(50), 1)) << "nothing was shown";
  const auto few = within_launch(tenths(20, 10, chance, level), 1);
  ASSERT_TRUE(few);
  EXPECT_TRUE(few->intervals[0]);
  EXPECT_FALSE(few->intervals[2]) << "200 messages have no p99";
}

TEST(WithinLaunchTest, WhatCameAfterTheLastTenthIsItsOwn) {
  Slices slices({});
  for (int tenth = 0; tenth < 10; ++tenth) {
    Slice& slice = slices.now();
    for (int i = 0; i <= tenth; ++i) shown_now(slice).record(1'000 * (tenth + 1));
    slice.tenths[slice.tenths_over++].outstanding = tenth;
  }
  slices.end();
  shown_now(slices.now()).record(90'000);
  slices.end();
  const Measured all = slices.finish();
  EXPECT_EQ(all.times.shown.count(), 56U);
  ASSERT_EQ(all.tenths.size(), 10U);
  EXPECT_NEAR(all.tenths[4].median_us, 5, 0.01);
  EXPECT_EQ(all.tenths[4].outstanding, 4);
  ASSERT_EQ(all.shown_by_tenth.size(), 10U);
  ASSERT_EQ(all.shown_by_tenth[9].size(), 2U);
  EXPECT_EQ(all.shown_by_tenth[9][0].count, 10U);
  EXPECT_NEAR(static_cast<double>(Histogram::value_at(all.shown_by_tenth[9][1].place)), 90'000, 90);
}

}  // namespace
}  // namespace trunkline::lab
