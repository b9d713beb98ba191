#include "lab/experiment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "lab/fresh_launches.h"
#include "lab/ranges.h"
#include "tests/support/temporary_directory.h"

namespace trunkline::lab {
namespace {

class ExperimentFile : public testing::Test {
 protected:
  Experiment read(const std::string& text) {
    const std::string path = directory.path() + "/one.toml";
    std::ofstream(path) << text;
    return read_experiment(path);
  }
  std::string why(const std::string& text) {
    try {
      read(text);
    } catch (const std::runtime_error& problem) {
      return problem.what();
    }
    return "";
  }
  tests::TemporaryDirectory directory;
};

constexpr const char* kWhole = R"(
title = "Isolation"
seed = 7
launches = 6
[cluster]
ranks = 2
plain = true
store = "lmdb"
[cluster.mpi]
btl = "vader,self"
[load]
class = "stored"
rate = [500, 1000]
size = [64, 1024, 4096]
pairs = 3
measured_s = 2.5
trace = "1:64"
[[arm]]
label = "fused"
cluster.edges = "fused"
[[arm]]
label = "tcp"
cluster.edges = 2
cluster.edge-link = "tcp"
cluster.plain = false
)";

TEST_F(ExperimentFile, SaysAllOfIt) {
  const Experiment experiment = read(kWhole);
  EXPECT_EQ(experiment.title, "Isolation");
  EXPECT_EQ(experiment.seed, 7U);
  EXPECT_EQ(experiment.launches, 6U);
  EXPECT_EQ(experiment.axis, "rate");
  ASSERT_EQ(experiment.cells.size(), 6U);
  for (const Cell& cell : experiment.cells) {
    EXPECT_EQ(cell.message_class, wire::MessageClass::stored);
    EXPECT_EQ(cell.measured_s, 2.5);
    EXPECT_EQ(cell.pairs, 3U);
  }
  ASSERT_EQ(experiment.arms.size(), 2U);
  const std::vector<std::string> fused{"--edges", "fused",   "--plain", "--ranks",
                                       "2",       "--store", "lmdb"};
  EXPECT_EQ(experiment.arms[0].cluster, fused);
  const std::vector<std::string> tcp{"--edge-link", "tcp", "--edges", "2",
                                     "--ranks",     "2",   "--store", "lmdb"};
  EXPECT_EQ(experiment.arms[1].cluster, tcp);
  EXPECT_EQ(experiment.arms[1].environment.at("OMPI_MCA_btl"), "vader,self");
}

TEST_F(ExperimentFile, ComesBackFromItsManifest) {
  const Experiment experiment = read(kWhole);
  const Experiment again = experiment_from_json(to_json(experiment));
  EXPECT_EQ(boost::json::serialize(to_json(again)), boost::json::serialize(to_json(experiment)));
}

TEST_F(ExperimentFile, WhatIsWrongIsToldWithItsLine) {
  EXPECT_NE(why("title = \"x\"\nlunches = 3\n").find("line 2: lunches means nothing here"),
            std::string::npos);
  EXPECT_NE(why("[load]\nrate = -1\n").find("rate: above 0"), std::string::npos);
  EXPECT_NE(why("[load]\nspeed = 3\n").find("no load has a field speed"), std::string::npos);
  EXPECT_NE(why("[load]\ntrace = \"1:0\"\n").find("trace: off, pad"), std::string::npos);
  EXPECT_NE(why("[load]\nrate = []\n").find("line 2: an empty list"), std::string::npos);
  EXPECT_NE(why("[[arm]]\ncluster.ranks = 2\n").find("an arm needs a label"), std::string::npos);
  EXPECT_NE(why("launches = 0\n").find("line 1: at least one launch"), std::string::npos);
  EXPECT_NE(why("launches = \n").find("line 1"), std::string::npos);
}

TEST_F(ExperimentFile, ArmsTakeTurnsInARandomOrderOfTheSeed) {
  Experiment experiment = read(kWhole);
  const auto order = order_of_arms(experiment, experiment.launches);
  ASSERT_EQ(order.size(), 12U);
  for (std::size_t round = 0; round < 6; ++round) {
    EXPECT_NE(order[2 * round], order[2 * round + 1]) << "an arm is missing in round " << round;
  }
  EXPECT_EQ(order, order_of_arms(experiment, experiment.launches));
  experiment.seed = 8;
  EXPECT_NE(order, order_of_arms(experiment, experiment.launches));
  auto cells = order_of_cells(experiment, 1);
  EXPECT_NE(cells, order_of_cells(experiment, 2));
  std::ranges::sort(cells);
  for (std::size_t i = 0; i < cells.size(); ++i) EXPECT_EQ(cells[i], i);
}

TEST_F(ExperimentFile, MoreRoundsGoOnWhereFewerEnded) {
  const Experiment experiment = read(kWhole);
  const auto six = order_of_arms(experiment, 6), nine = order_of_arms(experiment, 9);
  ASSERT_EQ(nine.size(), 18U);
  EXPECT_TRUE(std::equal(six.begin(), six.end(), nine.begin()));
}

TEST_F(ExperimentFile, SaysWhenLaunchesEnd) {
  const Experiment experiment = read("ci_width = \"5%\"\nmax_time = \"2m\"\n");
  EXPECT_DOUBLE_EQ(experiment.stop.ci_width, 0.05);
  EXPECT_EQ(experiment.stop.max_time_s, 120);
  EXPECT_EQ(experiment.launches, kLaunchesForWidth);
  EXPECT_EQ(read("max_time = 90\n").stop.max_time_s, 90);
  EXPECT_EQ(read("max_time = 90\n").launches, kLaunchesUsual);
  const Experiment again = experiment_from_json(to_json(experiment));
  EXPECT_DOUBLE_EQ(again.stop.ci_width, 0.05);
  EXPECT_NE(why("seed = 1\nci_width = \"wide\"\n").find("line 2: ci_width: wide is no percentage"),
            std::string::npos);
  EXPECT_NE(why("max_time = \"3x\"\n").find("3x is no duration"), std::string::npos);

  StopRule stop{0.05, 0};
  std::size_t launches = 2;
  complete(stop, launches);
  EXPECT_EQ(launches, 6U) << "fewer have no interval";
  EXPECT_EQ(stop.max_time_s, 600);
  StopRule none;
  launches = 2;
  complete(none, launches);
  EXPECT_EQ(launches, 2U);
}

TEST(SweepOfRates, EndsAboveTwoSaturatedCells) {
  std::vector<Cell> cells;
  for (const std::size_t size : {64, 1024}) {
    for (const double rate : {1'000.0, 2'000.0, 4'000.0, 8'000.0}) {
      cells.emplace_back();
      cells.back().body_bytes = size;
      cells.back().rate_per_second = rate;
      cells.back().measured_s = 1'000 / rate;  // as many messages in each
    }
  }
  const auto below = [&](const std::vector<std::size_t>& which, std::size_t cell) {
    std::vector<bool> saturated(cells.size());
    for (const std::size_t one : which) saturated[one] = true;
    return saturated_below(cells, saturated, cell);
  };
  EXPECT_FALSE(below({}, 3));
  EXPECT_FALSE(below({1}, 3)) << "one may be chance";
  EXPECT_TRUE(below({1, 2}, 3));
  EXPECT_TRUE(below({0, 1}, 2));
  EXPECT_FALSE(below({2, 3}, 1)) << "lower rates are run";
  EXPECT_FALSE(below({1, 2}, 7)) << "of another size";
  EXPECT_FALSE(below({2, 5}, 7)) << "one of each size";
  for (Cell& cell : cells) cell.window = 4;
  EXPECT_FALSE(below({1, 2}, 3)) << "a closed loop has no rate";
}

TEST_F(ExperimentFile, ALaunchIsACommandLine) {
  const Experiment experiment = read(kWhole);
  const std::vector<std::string> wanted{"/p/trunkline",
                                        "start",
                                        "--data",
                                        "/d",
                                        "--edges",
                                        "fused",
                                        "--plain",
                                        "--ranks",
                                        "2",
                                        "--store",
                                        "lmdb",
                                        "--port",
                                        "0",
                                        "--profile",
                                        "lab",
                                        "--measure-floor",
                                        "--",
                                        "/p/trunkline-lab",
                                        "launch",
                                        "/o",
                                        "3"};
  EXPECT_EQ(launch_command(experiment.arms[0], "/p", "/d", "/o", 3), wanted);
}

// Those that are shipped, in the directory of the source.
TEST(Experiments, AllThatAreShippedAreRead) {
  std::size_t files = 0;
  for (const auto& file : std::filesystem::directory_iterator(TRUNKLINE_EXPERIMENTS)) {
    if (file.path().extension() != ".toml") continue;
    const Experiment experiment = read_experiment(file.path());
    EXPECT_GE(experiment.launches, 6U) << file.path() << ": fewer are no result";
    EXPECT_FALSE(experiment.axis.empty()) << file.path();
    ++files;
  }
  EXPECT_EQ(files, 7U);
}

TEST(Ranges, AreNumbersAsPeopleWriteThem) {
  EXPECT_EQ(parse_range("64"), std::vector<double>{64});
  EXPECT_EQ(parse_range("1k,2k,1M"), (std::vector<double>{1e3, 2e3, 1e6}));
  EXPECT_EQ(parse_range("16:128"), (std::vector<double>{16, 32, 64, 128}));
  EXPECT_EQ(parse_range("16:1K:x4"), (std::vector<double>{16, 64, 256, 1024}));
  EXPECT_EQ(parse_range("1k:10k:x2"), (std::vector<double>{1e3, 2e3, 4e3, 8e3}));
  for (const char* wrong :
       {"", "x", "0", "-1", "5:1", "1:5:2", "1:5:x1", "1,,2", "1Q", "1:2:x2:3"}) {
    EXPECT_THROW(parse_range(wrong), std::invalid_argument) << wrong;
  }
}

}  // namespace
}  // namespace trunkline::lab
