#include "lab/experiment_comparison.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/lab/recorded_experiment.h"

namespace trunkline::lab {
namespace {

using tests::MadeUp;
using tests::MadeUpExperiment;

struct Read {
  explicit Read(const MadeUpExperiment& made)
      : experiment(read_recorded_experiment(made.path())), data(read_data(experiment)) {}
  RecordedExperiment experiment;
  ExperimentData data;

  operator ReadExperiment() const { return {experiment, data}; }
};

MadeUp quiet(double slower) {
  MadeUp made;
  made.slower = {slower};
  made.rates = {1'000, 2'000};
  made.samples = 1'000;
  made.floor = false;
  return made;
}

TEST(ExperimentComparisonTest, TwoTreesAreComparedCellByCell) {
  const MadeUpExperiment a(quiet(1)), b(quiet(1.2));
  const Read read_a(a), read_b(b);
  const auto comparisons = compare_experiments(read_a, read_b);
  ASSERT_EQ(comparisons.size(), 1U);
  const ArmComparison& one = comparisons[0];
  EXPECT_EQ(one.launches, 6U);
  EXPECT_EQ(one.rows.size(), 12U) << "two cells, two series, p50 to p99";
  for (const auto& row : one.rows) {
    if (row.figure.quantile != "p50") continue;
    const double percent = 100 * row.figure.comparison.shift / median(row.figure.a);
    EXPECT_NEAR(percent, 20, 4) << row.cell_label;
    EXPECT_LT(row.figure.p_corrected, 0.05);
    EXPECT_GT(row.figure.p_corrected, row.figure.comparison.p) << "corrected over cells";
  }
  EXPECT_TRUE(gate_of(one.figures(), 5).regression);
  EXPECT_FALSE(gate_of(one.figures(), 40).regression);
  EXPECT_NE(comparison_text(one).find("c1 shown p50"), std::string::npos);
  ASSERT_EQ(one.curves.size(), 2U);
  ASSERT_EQ(one.curves[1].shifts.size(), 9U) << "1,000 messages have no p99.9";
  for (const auto& shift : one.curves[1].shifts) {
    if (std::string(shift.quantile) == "p99") continue;  // a few stalls
    EXPECT_NEAR(shift.shift_us / shift.a_us, 0.2, 0.05) << shift.quantile;
    ASSERT_TRUE(shift.interval);
    EXPECT_GT(shift.interval->low, 0) << shift.quantile;
  }
  EXPECT_NE(curves_text(one).find("p25"), std::string::npos);
}

TEST(ExperimentComparisonTest, ATreeAgainstItselfIsNoRegression) {
  const MadeUpExperiment a(quiet(1));
  const Read read(a);
  const auto comparisons = compare_experiments(read, read);
  const Gate gate = gate_of(comparisons.at(0).figures(), 0);
  EXPECT_FALSE(gate.regression) << gate.text;
}

TEST(ExperimentComparisonTest, CellsThatDoNotMatchAreTold) {
  MadeUp other = quiet(1);
  other.rates = {2'000, 4'000};
  const MadeUpExperiment a(quiet(1)), b(other);
  const Read read_a(a);
  Read read_b(b);
  const auto comparisons = compare_experiments(read_a, read_b);
  const std::string text = comparison_text(comparisons.at(0));
  EXPECT_NE(text.find("1000/s 64 B stored: only in A"), std::string::npos) << text;
  EXPECT_NE(text.find("4000/s 64 B stored: only in B"), std::string::npos) << text;
  for (const auto& row : comparisons[0].rows) EXPECT_EQ(row.cell_label, "2000/s 64 B stored");
  EXPECT_EQ(comparisons[0].rows.size(), 6U);

  boost::json::value& cells = read_b.experiment.manifest.at("cells");
  cells.at(0).at("load").as_object()["pairs"] = 7;
  const std::string changed = comparison_text(compare_experiments(read_a, read_b).at(0));
  EXPECT_NE(changed.find("2000/s 64 B stored: not the same load"), std::string::npos) << changed;
}

TEST(ExperimentComparisonTest, ArmsMatchByLabel) {
  MadeUp two = quiet(1);
  two.arms = {"fused", "processes"};
  two.slower = {1, 1.5};
  MadeUp other = two;
  other.arms = {"processes", "tcp"};
  other.slower = {1.5, 2};
  const MadeUpExperiment a(two), b(other);
  const Read read_a(a), read_b(b);
  const auto comparisons = compare_experiments(read_a, read_b);
  ASSERT_EQ(comparisons.size(), 1U);
  EXPECT_EQ(comparisons[0].a, "B");
  EXPECT_EQ(comparisons[0].b, "A");
  EXPECT_FALSE(gate_of(comparisons[0].figures(), 25).regression) << "1.5 against 1.5";
  EXPECT_NE(comparison_text(comparisons[0]).find("arms only in B: tcp"), std::string::npos);

  MadeUp third = two;
  third.arms = {"inside", "tcp"};
  const MadeUpExperiment c(third);
  const Read read_c(c);
  EXPECT_THROW(compare_experiments(read_a, read_c), std::runtime_error);
}

TEST(ExperimentComparisonTest, AVoidCellIsNotCompared) {
  MadeUp with_void = quiet(1);
  with_void.void_cell = 1;
  const MadeUpExperiment a(quiet(1)), b(with_void);
  const Read read_a(a), read_b(b);
  const auto comparisons = compare_experiments(read_a, read_b);
  for (const auto& row : comparisons.at(0).rows) EXPECT_EQ(row.cell, 0U);
  EXPECT_FALSE(comparisons[0].left_out.empty());
}

}  // namespace
}  // namespace trunkline::lab
