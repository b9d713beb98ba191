#include "lab/comparison.h"

#include <gtest/gtest.h>

#include <random>
#include <sstream>
#include <stdexcept>

namespace trunkline::lab {
namespace {

// A report as `run --json` prints it, of what comparisons read.
std::string report(double p50, const std::string& size = "64", unsigned count = 1'000) {
  const auto times = [&](double scale, unsigned n) {
    return "{\"n\":" + std::to_string(n) + ",\"p50\":" + std::to_string(p50 * scale) +
           ",\"p90\":" + std::to_string(p50 * scale * 2) +
           ",\"p99\":" + std::to_string(p50 * scale * 4) +
           ",\"p99.9\":" + std::to_string(p50 * scale * 9) + "}";
  };
  return "{\"class\":\"direct\",\"protocol\":\"bin\",\"pairs\":4,\"size\":" + size +
         ",\"rate\":1E3,\"arrivals\":\"const\",\"window\":0,\"warmup_s\":1E0,\"measured_s\":5E0,"
         "\"shown_us\":" +
         times(1, count) + ",\"stored_us\":" + times(2, 0) + "}\n";
}

std::vector<Launch> launches(const std::vector<double>& p50s) {
  std::string text;
  for (const double p50 : p50s) text += report(p50) + "\n";
  std::istringstream in(text);
  return read_launches(in, "reports");
}

const std::vector<double> kQuiet = {100, 101, 99, 102, 98, 100.5};

TEST(ComparisonTest, APlantedTenPercentIsFound) {
  const auto compared =
      compare_launches(launches(kQuiet), launches({110, 111.1, 108.9, 112.2, 107.8, 110.55}));
  ASSERT_EQ(compared.size(), 3U) << "1,000 samples are too few for p99.9, and none were stored";
  EXPECT_EQ(compared[0].quantile, "p50");
  EXPECT_LT(compared[0].p_corrected, 0.05);
  EXPECT_NEAR(compared[0].comparison.shift, 10, 1);
  const std::string text = comparison_text(compared);
  EXPECT_NE(text.find("B is slower"), std::string::npos) << text;
  EXPECT_EQ(text.find("exploratory"), std::string::npos) << text;
  EXPECT_EQ(slower_by_more(compared[0], 5, 3).slower, Slower::yes);
  EXPECT_EQ(slower_by_more(compared[0], 15, 3).slower, Slower::no);
  EXPECT_EQ(slower_by_more(compared[0], 10, 3).slower, Slower::unknown) << "not for certain";
  const Gate gate = gate_of(compared, 5);
  EXPECT_TRUE(gate.regression);
  EXPECT_EQ(gate.text.find("inconclusive"), std::string::npos) << gate.text;
  EXPECT_NE(gate.text.find("REGRESSION: shown p99: B is slower by"), std::string::npos);
}

TEST(ComparisonTest, WhatIsTheSameIsNotTold) {
  const auto compared =
      compare_launches(launches(kQuiet), launches({99.5, 101.5, 98.5, 100.2, 100.7, 102.5}));
  const std::string text = comparison_text(compared);
  EXPECT_EQ(text.find("slower"), std::string::npos) << text;
  EXPECT_EQ(text.find("faster"), std::string::npos) << text;
  for (const double percent : {0.0, 1.0, 5.0}) EXPECT_FALSE(gate_of(compared, percent).regression);
  EXPECT_EQ(gate_of(compared, 5).text, "no row is slower by more than 5 %\n");
}

// The margin lies within the interval: twice as far from the shift, a quarter of the launches
// tells.
TEST(ComparisonTest, AMarginWithinTheIntervalTellsHowManyLaunchesItNeeds) {
  const auto compared = compare_launches(launches({90, 110, 95, 105, 100, 100.5}),
                                         launches({95, 118, 101, 110.3, 105.1, 104.7}));
  const auto needed = [&](double percent) {
    const MarginAnswer answer = slower_by_more(compared[0], percent, 1);
    EXPECT_EQ(answer.slower, Slower::unknown) << percent;
    unsigned launches = 0;
    EXPECT_EQ(std::sscanf(answer.text.c_str(), "shown p50: inconclusive, need about %u launches",
                          &launches),
              1)
        << answer.text;
    return launches;
  };
  const double shift = 100 * compared[0].comparison.shift / 100.25;
  const unsigned far = needed(shift + 4), near = needed(shift + 2);
  EXPECT_NEAR(near, 4.0 * far, 4);
  EXPECT_GT(far, 6U);
  const std::string never = slower_by_more(compared[0], shift, 1).text;
  EXPECT_NE(never.find("more than 1000 launches"), std::string::npos) << never;
}

TEST(ComparisonTest, WhatDoesNotDifferAmongAllRowsIsNoRegression) {
  const auto compared =
      compare_launches(launches(kQuiet), launches({110, 111.1, 108.9, 112.2, 107.8, 110.55}));
  ComparedFigure one = compared[0];
  one.p_corrected = 0.08;  // among many more rows
  const MarginAnswer answer = slower_by_more(one, 5, 24);
  EXPECT_EQ(answer.slower, Slower::unknown);
  EXPECT_NE(answer.text.find("about 7 launches"), std::string::npos) << answer.text;
}

TEST(ComparisonTest, ASaturatedCellHasNoTailAndAVoidOneIsMarked) {
  std::string saturated = report(100);
  saturated.insert(1, "\"steady\":\"saturated\",\"void\":true,");
  std::istringstream in(report(100) + saturated);
  const auto read = read_launches(in, "reports");
  EXPECT_FALSE(read[0].is_void);
  EXPECT_TRUE(read[1].is_void);
  EXPECT_EQ(read[0].figures.size(), 3U);
  EXPECT_EQ(read[1].figures.size(), 2U) << "p50 and p90";
}

TEST(ComparisonTest, FewLaunchesAreNoResult) {
  const std::string three =
      comparison_text(compare_launches(launches({100, 101, 102}), launches({200, 201, 202})));
  EXPECT_NE(three.find("inconclusive"), std::string::npos) << three;
  EXPECT_NE(three.find("exploratory"), std::string::npos) << three;
}

// Each row is a test of its own; together they must not cry wolf.
TEST(ComparisonTest, FalseAlarmsOverAllRowsAreRare) {
  std::mt19937 random(11);
  std::normal_distribution<double> noise(100, 3);
  int alarms = 0;
  constexpr int kTrials = 300;
  for (int trial = 0; trial < kTrials; ++trial) {
    std::vector<double> a(6), b(6);
    for (double& one : a) one = noise(random);
    for (double& one : b) one = noise(random);
    const std::string text = comparison_text(compare_launches(launches(a), launches(b)));
    alarms += text.find("B is") != std::string::npos;
  }
  EXPECT_LE(alarms, kTrials / 20);
}

TEST(ComparisonTest, WhatCannotBeComparedIsRefused) {
  std::istringstream other(report(100, "1024"));
  const auto larger = read_launches(other, "other");
  EXPECT_THROW(compare_launches(launches(kQuiet), larger), std::runtime_error);
  EXPECT_THROW(compare_launches(launches(kQuiet), {}), std::runtime_error);
  for (const char* text : {"{}", "nonsense", "[1]"}) {
    std::istringstream in(report(1) + text + "\n");
    try {
      read_launches(in, "a.jsonl");
      ADD_FAILURE() << text;
    } catch (const std::runtime_error& problem) {
      EXPECT_NE(std::string(problem.what()).find("a.jsonl, line 2"), std::string::npos);
    }
  }
  std::istringstream few(report(1, "64", 3));
  const auto thin = read_launches(few, "few");
  EXPECT_THROW(compare_launches(thin, thin), std::runtime_error) << "nothing has enough samples";
}

}  // namespace
}  // namespace trunkline::lab
