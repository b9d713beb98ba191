#include "lab/arrivals.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <stdexcept>
#include <vector>

#include "tests/support/temporary_directory.h"

namespace trunkline::lab {
namespace {

std::vector<double> seconds_of(const std::string& words, double rate, int count,
                               std::uint64_t seed = 1) {
  const auto arrivals = make_arrivals(words, rate, seed);
  std::vector<double> times;
  for (int i = 0; i < count; ++i) times.push_back(static_cast<double>(arrivals->next()) / 1e9);
  return times;
}

// Variance of the counts in slots of this length, over their mean: 0 where they are even, 1 for
// Poisson, more for bursts.
double dispersion(const std::vector<double>& times, double slot_s) {
  std::vector<double> counts(static_cast<std::size_t>(times.back() / slot_s));
  for (const double time : times) {
    const auto slot = static_cast<std::size_t>(time / slot_s);
    if (slot < counts.size()) ++counts[slot];
  }
  double mean = 0, variance = 0;
  for (const double count : counts) mean += count / static_cast<double>(counts.size());
  for (const double count : counts) variance += (count - mean) * (count - mean);
  return variance / static_cast<double>(counts.size()) / mean;
}

TEST(Arrivals, ConstantOnesAreEvenAndDoNotAddUpErrors) {
  const auto times = seconds_of("const", 3, 300'001);
  EXPECT_EQ(times[0], 0);
  EXPECT_NEAR(times[1], 1.0 / 3, 1e-9);
  EXPECT_NEAR(times[300'000], 100'000, 1e-6);
  EXPECT_NEAR(dispersion(times, 10), 0, 0.01);
}

TEST(Arrivals, PoissonOnesKeepTheRateAndAreAsSpreadAsTheyShould) {
  const auto times = seconds_of("poisson", 1'000, 200'000);
  EXPECT_NEAR(times.back(), 200, 3);
  EXPECT_NEAR(dispersion(times, 0.05), 1, 0.1);
}

TEST(Arrivals, BurstsKeepTheRateTheLengthAndTheDuty) {
  constexpr double kRate = 1'000, kLength = 50, kDuty = 0.2;
  const auto times = seconds_of("burst:50,0.2", kRate, 400'000);
  EXPECT_NEAR(times.back(), 400, 20);
  EXPECT_GT(dispersion(times, 0.05), 10);
  // Within a burst they are 0.2 ms apart; a silence takes 40 ms on average.
  double bursts = 1, silent_s = 0;
  for (std::size_t i = 1; i < times.size(); ++i) {
    const double gap_s = times[i] - times[i - 1];
    if (gap_s < 12 * kDuty / kRate) continue;
    ++bursts;
    silent_s += gap_s;
  }
  EXPECT_NEAR(static_cast<double>(times.size()) / bursts, kLength, 5);
  EXPECT_NEAR(silent_s / times.back(), 1 - kDuty, 0.03);
  EXPECT_NEAR(dispersion(seconds_of("burst:50,1", kRate, 200'000), 0.05), 1, 0.1);
}

TEST(Arrivals, ASeedMakesThemAgain) {
  for (const char* words : {"poisson", "burst:10,0.5"}) {
    EXPECT_EQ(seconds_of(words, 100, 1'000, 7), seconds_of(words, 100, 1'000, 7));
    EXPECT_NE(seconds_of(words, 100, 1'000, 7), seconds_of(words, 100, 1'000, 8));
  }
}

class ReplayTest : public testing::Test {
 protected:
  std::string file(const std::string& text) {
    std::ofstream(path_) << text;
    return "file:" + path_;
  }
  std::string refusal(const std::string& text) {
    try {
      make_arrivals(file(text), 1, 1);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  }
  tests::TemporaryDirectory directory_;
  const std::string path_ = directory_.path() + "/times";
};

TEST_F(ReplayTest, TimesComeAsTheyStand) {
  const auto arrivals =
      make_arrivals(file("# seconds\n0\n0.5 # two at once\n0.5\n\n 1e1\r\n"), 1, 1);
  EXPECT_EQ(arrivals->next(), 0);
  EXPECT_EQ(arrivals->next(), 500'000'000);
  EXPECT_EQ(arrivals->next(), 500'000'000);
  EXPECT_EQ(arrivals->next(), 10'000'000'000);
  EXPECT_EQ(arrivals->next(), Arrivals::kNever);
  EXPECT_EQ(arrivals->next(), Arrivals::kNever);
}

TEST_F(ReplayTest, WhatIsWrongIsSaidWithItsLine) {
  EXPECT_NE(refusal("0\n1 2\n").find("line 2: not a time"), std::string::npos);
  EXPECT_NE(refusal("0\n-1\n").find("line 2: not a time"), std::string::npos);
  EXPECT_NE(refusal("nan\n").find("line 1: not a time"), std::string::npos);
  EXPECT_NE(refusal("2\n1\n").find("line 2: earlier"), std::string::npos);
  EXPECT_NE(refusal("# none\n").find("no time"), std::string::npos);
  EXPECT_THROW(make_arrivals("file:/nonexistent", 1, 1), std::runtime_error);
}

TEST(Arrivals, OtherWordsAreRefused) {
  for (const char* words : {"", "constant", "burst", "burst:", "burst:5", "burst:0,0.5",
                            "burst:5,0", "burst:5,1.1", "burst:5,0.5x", "burst:nan,0.5"}) {
    EXPECT_THROW(make_arrivals(words, 1, 1), std::runtime_error) << words;
  }
}

}  // namespace
}  // namespace trunkline::lab
