// The figures and the page of an experiment: that all are there, well-formed, and say what is
// known.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "lab/experiment_report.h"
#include "tests/lab/recorded_experiment.h"
#include "tests/lab/xml.h"

namespace trunkline::tests {
namespace {

namespace fs = std::filesystem;

using lab::write_experiment_report;

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

std::vector<std::string> figures_of(const MadeUpExperiment& made) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(made.path() + "/fig")) {
    if (entry.path().extension() == ".svg") names.push_back(entry.path().stem());
  }
  std::sort(names.begin(), names.end());
  return names;
}

TEST(ExperimentFigures, AllAreThereInThreeForms) {
  const MadeUpExperiment made({.clock = true, .traced = true});
  write_experiment_report(made.path());
  EXPECT_EQ(figures_of(made),
            (std::vector<std::string>{"ccdf", "cdf", "clock", "hops_by_band", "latency_by_rate",
                                      "launches", "pairs_asymmetry", "pairs_count", "pairs_p50",
                                      "pairs_p99", "percentiles", "seconds"}));
  for (const std::string& name : figures_of(made)) {
    const Xml svg(made.content("fig/" + name + ".svg"));
    EXPECT_EQ(svg.problem(), "") << name;
    EXPECT_GT(svg.count("text"), 6U) << name;
    EXPECT_FALSE(has(svg.source(), "nan")) << name;
    EXPECT_TRUE(has(made.content("fig/" + name + ".gp"), "plot '" + name + ".csv'")) << name;
    EXPECT_GT(made.content("fig/" + name + ".csv").size(), 100U) << name;
  }
}

TEST(ExperimentFigures, SayWhatWasMeasured) {
  const MadeUpExperiment made({.traced = true});
  write_experiment_report(made.path());
  std::vector<double> p50s;
  for (std::size_t launch = 1; launch <= 6; ++launch) p50s.push_back(made.quantile(launch, 1, 0.5));
  std::sort(p50s.begin(), p50s.end());
  const std::string csv = made.content("fig/latency_by_rate.csv");
  const std::map<std::string, std::string> row{{"series", "p50"}, {"rate_per_s", "2000"}};
  const double median = (p50s[2] + p50s[3]) / 2;
  EXPECT_NEAR(csv_value(csv, row, "latency_us"), median, median * 1e-3);
  EXPECT_NEAR(csv_value(csv, row, "low"), p50s.front(), median * 1e-3);
  EXPECT_NEAR(csv_value(csv, row, "high"), p50s.back(), median * 1e-3);

  // The parts of a band are those that each message was made of: a fifth for MPI.
  const std::string bands = made.content("fig/hops_by_band.csv");
  const double mpi =
      csv_value(bands, {{"series", "rank to MPI -> rank from MPI"}, {"band", "0"}}, "percent");
  EXPECT_NEAR(mpi, 20 * (1 - 5 / made.quantile(1, 0, 0.5)), 0.5);
}

TEST(ExperimentFigures, WithoutDataAreLeftOutAndThatIsSaid) {
  const MadeUpExperiment made({.axis = "", .rates = {1'000}, .places = 1});
  write_experiment_report(made.path());
  EXPECT_EQ(figures_of(made),
            (std::vector<std::string>{"ccdf", "cdf", "launches", "percentiles", "seconds"}));
  const std::string html = made.content("report.html");
  for (const char* why : {"nothing was swept", "no message was traced",
                          "from one place to one other", "a single host has one clock"}) {
    EXPECT_TRUE(has(html, why)) << why;
  }
}

TEST(ExperimentFigures, OfTooFewMessagesFromPlaceToPlaceThereIsNoP99) {
  const MadeUpExperiment made({.rates = {1'000}, .samples = 900});
  write_experiment_report(made.path());
  EXPECT_TRUE(fs::exists(made.path() + "/fig/pairs_p50.svg"));
  EXPECT_FALSE(fs::exists(made.path() + "/fig/pairs_p99.svg"));
  EXPECT_TRUE(has(made.content("report.html"), "p99 from place to place"));
}

TEST(ExperimentFigures, PlacesThatHaveAnotherNameInEachLaunchAreNumbered) {
  const MadeUpExperiment made({.launches = 2, .rates = {1'000}, .samples = 900});
  const std::string facts = made.path() + "/launch-02/launch.json";
  std::string text = content_of(facts);
  text.replace(text.find("rank 1"), 6, "rank 7");
  std::ofstream(facts) << text;
  write_experiment_report(made.path());
  const std::string svg = made.content("fig/pairs_p50.svg");
  EXPECT_TRUE(has(svg, ">rank 0<") && has(svg, ">place 1<") && has(svg, ">rank 2<"));
}

TEST(ExperimentFigures, ConfigurationsAreNotJoinedByALine) {
  const MadeUpExperiment made({.arms = {"fused", "inside, or not", "process"},
                               .slower = {1, 1.2, 1.5},
                               .axis = "arm",
                               .rates = {1'000}});
  write_experiment_report(made.path());
  const std::string svg = made.content("fig/latency_by_arm.svg");
  EXPECT_EQ(Xml(svg).count("polyline"), 0U);
  EXPECT_TRUE(has(svg, "inside, or not"));
}

TEST(ExperimentPage, IsWellFormedSmallAndAsksForNothing) {
  for (const MadeUp& made_up : {MadeUp{}, MadeUp{.arms = {"a", "b"}, .slower = {1, 2}},
                                MadeUp{.launches = 1, .rates = {}}}) {
    const MadeUpExperiment made(made_up);
    write_experiment_report(made.path());
    const std::string page = made.content("report.html");
    EXPECT_LT(page.size(), 2'000'000U);
    const Xml html(page);
    EXPECT_EQ(html.problem(), "");
    EXPECT_FALSE(has(page, "http://") || has(page, "https://") || has(page, "url("));
    EXPECT_EQ(html.count("script") + html.count("img") + html.count("link") + html.count("iframe"),
              0U);
    for (const std::string& link : html.attributes("href")) {
      EXPECT_TRUE(fs::exists(made.path() + "/" + link)) << link;
    }
  }
}

TEST(ExperimentPage, BeginsWithTheVerdictTheNumbersAndTheChecks) {
  const MadeUpExperiment made({.launches = 3, .title = "load <&> \"latency\""});
  write_experiment_report(made.path());
  const Xml html(made.content("report.html"));
  ASSERT_EQ(html.problem(), "");
  const std::string& text = html.text();
  std::size_t at = 0;
  for (const char* part : {"load <&> \"latency\"",
                           "single host",
                           "exploratory",
                           "Did not pass: launches",
                           "shown p50",
                           "one-way",
                           "no interval: 3 launches",
                           "n = 15,000 in 3",
                           "STORED p50",
                           "rtt",
                           "achieved rate",
                           "routing and the commit add",
                           "✓ passed",
                           "✗ failed",
                           "Figures",
                           "sum of the hops",
                           "end to end",
                           "Cells",
                           "Launches",
                           "Manifest",
                           "mpi_parameters.btl"}) {
    const std::size_t found = text.find(part, at);
    ASSERT_NE(found, text.npos) << part << " is not where it should be";
    at = found;
  }
}

TEST(ExperimentPage, WaitsAreToldAndDrawnWherePostcardsWereKept) {
  const MadeUpExperiment made({.launches = 2, .rates = {1'000}, .waits = true});
  write_experiment_report(made.path());
  const std::string text = Xml(made.content("report.html")).text();
  for (const char* part : {"Where it waited", "generator late", "store queue", "commit",
                           "sum of the stretches", "from due to received"}) {
    EXPECT_TRUE(has(text, part)) << part;
  }
  const std::string csv = made.content("fig/waits.csv");
  EXPECT_TRUE(has(csv, "is worked on") && has(csv, "waits") && has(csv, "is on its way")) << csv;
  EXPECT_TRUE(has(made.content("fig/waits.svg"), "store queue"));
  EXPECT_TRUE(has(made.content("summary.csv"), "wait:commit_begun-committed"));
  const MadeUpExperiment without({.launches = 1, .rates = {1'000}});
  write_experiment_report(without.path());
  EXPECT_FALSE(fs::exists(without.path() + "/fig/waits.svg"));
}

TEST(ExperimentPage, WhatClocksDoNotTellIsNotTold) {
  const MadeUpExperiment well({.launches = 1, .rates = {1'000}, .clock = true});
  write_experiment_report(well.path());
  const std::string known = Xml(well.content("report.html")).text();
  EXPECT_TRUE(has(known, "2 hosts") && has(known, "known to ±4.00 µs"));
  EXPECT_FALSE(has(known, "≤ 4"));
  const MadeUpExperiment badly(
      {.launches = 1, .rates = {1'000}, .clock = true, .clock_bound_us = 70});
  write_experiment_report(badly.path());
  const std::string unknown = Xml(badly.content("report.html")).text();
  EXPECT_TRUE(has(unknown, "≤ 70.00"));
  const std::size_t table = unknown.find("traced messages");
  const std::size_t inside = unknown.find("edge A parsed -> edge A to ZeroMQ", table);
  EXPECT_FALSE(has(unknown.substr(inside, 60), "≤")) << "a process has one clock";
}

TEST(ExperimentPage, OfDirectMessagesTheSlowestIsTold) {
  const MadeUpExperiment made({.launches = 1, .rates = {1'000}, .direct = true});
  write_experiment_report(made.path());
  const std::string text = Xml(made.content("report.html")).text();
  EXPECT_TRUE(has(text, "shown maxone-way"));
  EXPECT_FALSE(has(text.substr(0, text.find("Figures")), "STORED"));
}

TEST(ExperimentPage, ListsVoidAndSaturatedCellsWithTheirReasons) {
  const MadeUpExperiment made({.void_cell = 1, .saturated_cell = 2, .failed_launch = 2});
  write_experiment_report(made.path());
  const std::string text = Xml(made.content("report.html")).text();
  EXPECT_TRUE(has(text, "p99 of the lateness is 90 us, above a tenth of the p50"));
  EXPECT_TRUE(has(text, "unbounded"));
  EXPECT_TRUE(has(text, "mpirun ended with 1"));
  EXPECT_TRUE(has(text, "void"));
}

}  // namespace
}  // namespace trunkline::tests
