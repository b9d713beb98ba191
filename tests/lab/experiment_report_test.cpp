#include "lab/experiment_report.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "lab/experiment_data.h"
#include "lab/experiment_tree.h"
#include "lab/whole_file.h"
#include "tests/lab/recorded_experiment.h"

namespace trunkline::tests {
namespace {

namespace json = boost::json;

using lab::write_experiment_report;

std::string verdict_of(const MadeUpExperiment& made) {
  return std::string(json::parse(made.content("verdict.json")).at("verdict").as_string());
}

bool passed(const MadeUpExperiment& made, const std::string& name) {
  const json::value verdict = json::parse(made.content("verdict.json"));
  for (const json::value& check : verdict.at("checks").as_array()) {
    if (check.at("name").as_string() == name) return check.at("passed").as_bool();
  }
  ADD_FAILURE() << "there is no check " << name;
  return false;
}

TEST(ExperimentReport, TellsThePercentilesOfTheSamples) {
  const MadeUpExperiment made({});
  EXPECT_TRUE(write_experiment_report(made.path()).ok);
  const std::string csv = made.content("summary.csv");
  for (const std::size_t launch : {1U, 6U}) {
    for (const std::size_t cell : {0U, 2U}) {
      for (const auto& [name, quantile] :
           {std::pair{"p50", 0.5}, {"p99", 0.99}, {"p99.9", 0.999}}) {
        const double told = csv_value(csv,
                                      {{"launch", std::to_string(launch)},
                                       {"cell", std::to_string(cell)},
                                       {"series", "shown"},
                                       {"quantile", name}},
                                      "value_us");
        const double truth = made.quantile(launch, cell, quantile);
        EXPECT_NEAR(told, truth, truth * 1e-3) << launch << " " << cell << " " << name;
      }
    }
  }
  EXPECT_EQ(verdict_of(made), "good");
}

TEST(ExperimentReport, HasAnIntervalOverLaunches) {
  const MadeUpExperiment made({});
  const std::string text = write_experiment_report(made.path()).text;
  double least = 1e9, most = 0;
  for (std::size_t launch = 1; launch <= 6; ++launch) {
    least = std::min(least, made.quantile(launch, 0, 0.5));
    most = std::max(most, made.quantile(launch, 0, 0.5));
  }
  const auto metric = [&text](const std::string& name) {
    const std::size_t at = text.find("\n" + name + ": ");
    return at == text.npos ? -1 : std::stod(text.substr(at + name.size() + 3));
  };
  // With six launches the interval is from the least to the most.
  EXPECT_NEAR(metric("A.c0.shown.p50.low"), least, least * 1e-3);
  EXPECT_NEAR(metric("A.c0.shown.p50.high"), most, most * 1e-3);
  EXPECT_NEAR(metric("A.c2.achieved"), 4'000, 0);
}

TEST(ExperimentReport, SaysWhereSamplesAreTooFew) {
  const MadeUpExperiment made({.samples = 500});
  const std::string text = write_experiment_report(made.path()).text;
  EXPECT_NE(text.find("A.c0.shown.p99.9: n too small"), text.npos) << text;
  EXPECT_THROW(csv_value(made.content("summary.csv"), {{"series", "shown"}, {"quantile", "p99.9"}},
                         "value_us"),
               std::runtime_error)
      << "an empty field";
  EXPECT_NE(made.content("summary.csv").find("p99.9,,500,false"), std::string::npos);
}

// Launches differ by 3 % to either side.
TEST(ExperimentReport, SaysWhetherItsIntervalIsNarrowEnough) {
  const MadeUpExperiment wide({.samples = 500, .ci_width = 0.001});
  const std::string text = write_experiment_report(wide.path()).text;
  EXPECT_EQ(verdict_of(wide), "exploratory");
  EXPECT_FALSE(passed(wide, "interval narrow enough"));
  EXPECT_NE(text.find("asked for are 0.1 %"), text.npos) << text;
  const MadeUpExperiment narrow({.samples = 500, .ci_width = 0.2});
  write_experiment_report(narrow.path());
  EXPECT_TRUE(passed(narrow, "interval narrow enough"));
  const MadeUpExperiment few({.launches = 5, .samples = 500, .ci_width = 0.2});
  write_experiment_report(few.path());
  EXPECT_FALSE(passed(few, "interval narrow enough")) << "five launches have no interval";
}

TEST(ExperimentReport, WhatCameAfterTheMeasuredTimeIsNoSecond) {
  const MadeUpExperiment made({.samples = 500});
  const auto experiment = lab::read_recorded_experiment(made.path());
  const auto data = lab::read_data(experiment);
  EXPECT_EQ(data.seconds.size(), 2U * 6) << "two seconds of each launch";
  for (const lab::SecondRow& row : data.seconds) EXPECT_LT(row.second, 2);
}

TEST(ExperimentReport, NoCellVanishes) {
  const MadeUpExperiment made({.samples = 500, .not_run = 2});
  const std::string text = write_experiment_report(made.path()).text;
  EXPECT_NE(text.find("4000/s 64 B stored: not run in 4 of 6 launches: saturated below"), text.npos)
      << text;
  EXPECT_NE(made.content("report.html").find("not run in 4 of 6 launches: saturated below"),
            std::string::npos);
}

TEST(ExperimentReport, FewLaunchesAreExploratory) {
  const MadeUpExperiment made({.launches = 3});
  EXPECT_TRUE(write_experiment_report(made.path()).ok);
  EXPECT_EQ(verdict_of(made), "exploratory");
  EXPECT_FALSE(passed(made, "launches"));
  EXPECT_TRUE(passed(made, "promises kept"));
}

TEST(ExperimentReport, VoidCellsAreListedAndDoNotCount) {
  const MadeUpExperiment made({.void_cell = 0});
  const std::string text = write_experiment_report(made.path()).text;
  EXPECT_EQ(text.find("A.c0.shown"), text.npos);
  EXPECT_NE(text.find("A.c1.shown.p50: "), text.npos);
  EXPECT_NE(made.content("summary.csv").find(",steady,true\r\n"), std::string::npos)
      << "nothing is dropped";
  EXPECT_FALSE(passed(made, "no cell is void"));
  EXPECT_EQ(json::parse(made.content("verdict.json")).at("headline").at("cell").as_int64(), 1);
}

TEST(ExperimentReport, WhereEveryCellIsVoidNothingIsSaid) {
  const MadeUpExperiment made({.rates = {1'000}, .void_cell = 0});
  EXPECT_FALSE(write_experiment_report(made.path()).ok);
  EXPECT_EQ(verdict_of(made), "void");
}

TEST(ExperimentReport, SaturatedCellsAreUnbounded) {
  const MadeUpExperiment made({.saturated_cell = 2});
  const std::string text = write_experiment_report(made.path()).text;
  EXPECT_NE(text.find("A.c2.shown.p99: unbounded"), text.npos) << text;
  EXPECT_NE(text.find("A.c2.shown.p50: "), text.npos);
  EXPECT_EQ(text.find("A.c2.shown.p50: unbounded"), text.npos);
  EXPECT_EQ(verdict_of(made), "good") << "it is what a sweep looks for";
}

TEST(ExperimentReport, ABrokenPromiseOrALaunchThatFailedIsAFailure) {
  const MadeUpExperiment promise({.failed_cell = 1});
  EXPECT_FALSE(write_experiment_report(promise.path()).ok);
  EXPECT_EQ(verdict_of(promise), "failed");
  const MadeUpExperiment launch({.failed_launch = 4});
  EXPECT_FALSE(write_experiment_report(launch.path()).ok);
  EXPECT_EQ(verdict_of(launch), "failed");
  EXPECT_NE(launch.content("verdict.json").find("mpirun ended with 1"), std::string::npos);
}

TEST(ExperimentReport, HopsThatDoNotAddUpAreFound) {
  const MadeUpExperiment whole({.launches = 1});
  write_experiment_report(whole.path());
  EXPECT_TRUE(passed(whole, "hops add up"));
  const MadeUpExperiment lossy({.launches = 1, .hops_lost = 0.01});
  write_experiment_report(lossy.path());
  EXPECT_FALSE(passed(lossy, "hops add up"));
}

TEST(ExperimentReport, ALaunchThatNeverBeganIsAFailure) {
  const MadeUpExperiment made({.launches = 2});
  std::ofstream(made.path() + "/launch-02.log") << "of a launch that is there";
  std::ofstream(made.path() + "/launch-03.log") << "no such option";
  write_experiment_report(made.path());
  EXPECT_EQ(verdict_of(made), "failed");
  EXPECT_NE(made.content("verdict.json").find("1 of 3 launches failed: 3 (it never began"),
            std::string::npos);
}

TEST(ExperimentReport, ComparesArmsOverAllCells) {
  const MadeUpExperiment made({.launches = 7, .arms = {"fused", "process"}, .slower = {1, 1.5}});
  const std::string text = write_experiment_report(made.path()).text;
  EXPECT_NE(text.find("B is slower"), text.npos) << text;
  const json::value all = json::parse(made.content("compare.json"));
  ASSERT_EQ(all.as_array().size(), 1U);
  const json::array& rows = all.as_array()[0].at("rows").as_array();
  EXPECT_EQ(rows.size(), 3U * 2 * 4);  // cells, series, percentiles
  EXPECT_EQ(rows[0].at("a_us").as_array().size(), 7U);
  EXPECT_GT(rows[0].at("shift_low_us").to_number<double>(), 50);
  EXPECT_EQ(rows[0].at("direction").as_string(), "one-way");
}

// The correction for many tests leaves nothing to be found, and that is said.
TEST(ExperimentReport, ManyRowsTakeMoreLaunches) {
  const MadeUpExperiment made({.launches = 6, .arms = {"fused", "process"}, .slower = {1, 1.5}});
  const std::string text = write_experiment_report(made.path()).text;
  EXPECT_NE(text.find("among 24 rows; give at least 7"), text.npos) << text;
  const MadeUpExperiment few({.arms = {"a", "b"}, .slower = {1, 1.5}, .rates = {1'000}});
  EXPECT_NE(write_experiment_report(few.path()).text.find("B is slower"), text.npos);
}

TEST(ExperimentReport, SizesMakeATableAsOsuDoes) {
  const MadeUpExperiment made({.axis = "size", .rates = {1'000}, .sizes = {64, 1'024, 16'384}});
  std::istringstream text(write_experiment_report(made.path()).text);
  std::string line;
  while (std::getline(text, line) && !line.starts_with("# Size")) continue;
  EXPECT_NE(line.find("Latency (us)"), line.npos);
  for (const std::size_t size : {64U, 1'024U, 16'384U}) {
    std::size_t told = 0;
    double latency = 0;
    ASSERT_TRUE(text >> told >> latency) << size;
    EXPECT_EQ(told, size);
    EXPECT_GT(latency, 100);
    std::getline(text, line);
  }
}

TEST(ExperimentReport, EveryRowFitsTheSchema) {
  const MadeUpExperiment made({.launches = 1, .saturated_cell = 1});
  write_experiment_report(made.path());
  const json::value schema = json::parse(made.content("summary.schema.json"));
  const json::object& properties = schema.at("properties").as_object();
  std::istringstream lines(made.content("summary.jsonl"));
  std::string line;
  std::size_t rows = 0;
  for (; std::getline(lines, line); ++rows) {
    const json::object row = json::parse(line).as_object();
    EXPECT_EQ(row.size(), properties.size());
    for (const auto& [name, value] : row) {
      ASSERT_TRUE(properties.contains(name)) << name;
      const std::string types = json::serialize(properties.at(name).at("type"));
      const char* is = value.is_null()     ? "null"
                       : value.is_bool()   ? "boolean"
                       : value.is_string() ? "string"
                       : value.is_double() ? "number"
                                           : "integer";
      const bool whole = std::string(is) == "integer" && types.find("number") != types.npos;
      EXPECT_TRUE(whole || types.find(is) != types.npos) << name << " " << is << " " << types;
    }
  }
  EXPECT_EQ(rows, 3U * 13 * 6);  // cells, series, quantiles
}

TEST(ExperimentReport, ChecksumsHold) {
  const MadeUpExperiment made({.launches = 1});
  write_experiment_report(made.path());
  write_experiment_report(made.path());  // made anew, and the same
  std::istringstream sums(made.content("SHA256SUMS"));
  std::string digest, name;
  std::vector<std::string> names;
  while (sums >> digest >> name) {
    EXPECT_EQ(lab::sha256_of_file(made.path() + "/" + name), digest) << name;
    names.push_back(name);
  }
  for (const char* wanted :
       {"manifest.json", "launch-01/e2e.hlog", "summary.csv", "verdict.json"}) {
    EXPECT_NE(std::find(names.begin(), names.end(), wanted), names.end()) << wanted;
  }
  std::ofstream(made.path() + "/word") << "abc";
  EXPECT_EQ(lab::sha256_of_file(made.path() + "/word"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

// What a job that was killed leaves: the last line, or record, is not whole.
TEST(ExperimentReport, ALaunchThatWasKilledReadsAsFarAsItWent) {
  const MadeUpExperiment made({.launches = 2, .traced = true});
  for (const char* file :
       {"cells.jsonl", "e2e.hlog", "pairs.hlog", "hops.hlog", "series.csv", "traced.bin"}) {
    const std::string path = made.path() + "/launch-02/" + file;
    std::filesystem::resize_file(path, std::filesystem::file_size(path) - 30);
  }
  EXPECT_TRUE(write_experiment_report(made.path()).ok);
  const lab::RecordedExperiment read = lab::read_recorded_experiment(made.path());
  EXPECT_EQ(read.launches.at(0).cells.size(), 3U);
  EXPECT_EQ(read.launches.at(1).cells.size(), 2U);
}

TEST(ExperimentReport, WhatCannotBeReadIsNamed) {
  struct Case {
    const char *file, *content, *told;
  };
  for (const auto& [file, content, told] : {
           Case{"manifest.json", "{\"schema\":1}", "manifest.json: \"title\" is missing"},
           Case{"manifest.json", "nonsense", "manifest.json: not JSON"},
           Case{"launch-01/launch.json", "{\"launch\":\"one\"}", "\"launch\" is not a number"},
           Case{"launch-01/cells.jsonl", "\n{\"launch\":1}\n",
                "cells.jsonl, line 2: \"cell\" is missing"},
           Case{"launch-01/e2e.hlog", "#[x]\nTag=c0.shown,0,1,2,nonsense\n", "e2e.hlog, line 2"},
           Case{"launch-01/series.csv", "cell,second\n0,one\n",
                "series.csv, line 2: second is no number"},
           Case{"launch-01/series.csv", "cell,second\n0\n", "series.csv, line 2: 1 fields"},
       }) {
    const MadeUpExperiment made({.launches = 1, .rates = {1'000}, .samples = 50});
    std::ofstream(made.path() + "/" + file) << content;
    try {
      write_experiment_report(made.path());
      ADD_FAILURE() << file << ": " << content;
    } catch (const std::runtime_error& problem) {
      EXPECT_NE(std::string(problem.what()).find(told), std::string::npos) << problem.what();
    }
  }
}

}  // namespace
}  // namespace trunkline::tests
