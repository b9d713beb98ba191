#include "lab/floor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <set>

#include "lab/floor_probes.h"
#include "tests/support/temporary_directory.h"

namespace trunkline::lab {
namespace {

std::vector<FloorRow> host_rows() {
  std::vector<FloorRow> rows;
  double us = 1;
  for (const char* name : {"websocket", "zmq_inproc", "zmq_ipc", "zmq_curve", "doorbell"}) {
    rows.push_back({name, name, "one-way", 1000, us, 2 * us, 0});
    rows.push_back({name + std::string("_spaced"), name, "one-way", 100, 10 * us, 20 * us, 0});
    us *= 2;
  }
  return rows;
}

FloorOfRanks ranks_with(const std::string& edge) {
  return {edge, true, "Some MPI", {{1, 64, 500, 0.5, 0.75}, {1, 1024, 500, 0.75, 1}}};
}

unsigned times_in_road(const Floor& floor, const std::string& name) {
  const auto row = std::ranges::find(floor.rows, name, &FloorRow::name);
  return row == floor.rows.end() ? 0 : row->in_road;
}

TEST(Floor, TheRoadIsTheSumOfItsRowsInEveryPlacement) {
  struct Case {
    const char *edge, *placement, *port;
    bool over_tcp;
  };
  for (const Case& one :
       {Case{"inside", "inside", "zmq_inproc_spaced", false},
        Case{"none", "process", "zmq_ipc_spaced", false},
        Case{"none", "host", "zmq_curve_spaced", true}, Case{"fused", "fused", "", false}}) {
    const Floor floor = compose_floor(host_rows(), ranks_with(one.edge), one.over_tcp);
    EXPECT_EQ(floor.placement, one.placement);
    EXPECT_EQ(times_in_road(floor, "websocket_spaced"), 2u);
    EXPECT_EQ(times_in_road(floor, "doorbell_spaced"), 1u);
    EXPECT_EQ(times_in_road(floor, "mpi_64"), 1u);
    double sum = 0;
    for (const FloorRow& row : floor.rows) {
      sum += row.in_road * row.p50_us;
      if (!row.name.starts_with("zmq_")) continue;
      EXPECT_EQ(row.in_road, row.name == one.port ? 2u : 0u);
    }
    ASSERT_TRUE(floor.road_p50_us);
    EXPECT_DOUBLE_EQ(*floor.road_p50_us, sum);
    EXPECT_LT(*floor.road_back_to_back_p50_us, sum);
    EXPECT_TRUE(floor.road.starts_with("composed, not measured")) << floor.road;
  }
}

TEST(Floor, ARankThatSpinsIsNotRung) {
  FloorOfRanks ranks = ranks_with("fused");
  ranks.rings = false;
  const Floor floor = compose_floor(host_rows(), ranks, false);
  EXPECT_EQ(times_in_road(floor, "doorbell_spaced"), 0u);
  EXPECT_DOUBLE_EQ(*floor.road_p50_us, 2 * 10 + 0.5);
}

TEST(Floor, OneRankHasNoMpiOnItsRoad) {
  FloorOfRanks ranks = ranks_with("fused");
  ranks.pings.clear();
  const Floor floor = compose_floor(host_rows(), ranks, false);
  EXPECT_DOUBLE_EQ(*floor.road_p50_us, 2 * 10);
  EXPECT_EQ(floor.rows.size(), host_rows().size());
}

TEST(Floor, WithoutItsRanksOrAPieceNothingIsComposed) {
  EXPECT_FALSE(compose_floor(host_rows(), std::nullopt, false).road_p50_us);
  auto rows = host_rows();
  std::erase_if(rows, [](const FloorRow& row) { return row.name == "websocket_spaced"; });
  const Floor floor = compose_floor(rows, ranks_with("fused"), false);
  EXPECT_FALSE(floor.road_p50_us);
  EXPECT_EQ(times_in_road(floor, "mpi_64"), 0u);
  EXPECT_FALSE(to_json(floor).contains("road_p50_us"));
}

TEST(Floor, OfManyPeersTheOneInTheMiddleIsARow) {
  FloorOfRanks ranks = ranks_with("fused");
  ranks.pings = {{1, 64, 9, 3, 4}, {2, 64, 9, 1, 2}, {3, 64, 9, 2, 3}};
  const Floor floor = compose_floor({}, ranks, false);
  ASSERT_EQ(floor.rows.size(), 1u);
  EXPECT_EQ(floor.rows[0].p50_us, 2);
  EXPECT_NE(floor.rows[0].text.find("rank 0 with 3 others"), std::string::npos);
  EXPECT_EQ(to_json(floor).at("mpi").as_array().size(), 3u);
  const std::string tables = mpi_tables(ranks);
  for (const char* head : {"rank 0 and rank 1", "rank 0 and rank 2", "rank 0 and rank 3"}) {
    EXPECT_NE(tables.find(head), std::string::npos) << tables;
  }
}

TEST(Floor, AFileOfRanksIsReadOrNamed) {
  const tests::TemporaryDirectory run;
  EXPECT_FALSE(read_floor_file(run.path()));
  std::ofstream(run.path() + "/floor.json")
      << R"({"edge":"fused","rings":false,"library":"L","mpi":[{"rank":0,"peer":1,)"
      << R"("size_bytes":64,"n":7,"p50_ns":512,"p99_ns":2048}]})";
  const auto ranks = read_floor_file(run.path());
  ASSERT_TRUE(ranks);
  EXPECT_FALSE(ranks->rings);
  ASSERT_EQ(ranks->pings.size(), 1u);
  EXPECT_DOUBLE_EQ(ranks->pings[0].p50_us, 0.512);
  std::ofstream(run.path() + "/floor.json") << R"({"edge":"fused","library":"L","mpi":[{}]})";
  try {
    read_floor_file(run.path());
    FAIL() << "a ping without its numbers";
  } catch (const std::runtime_error& problem) {
    EXPECT_NE(std::string(problem.what()).find(run.path()), std::string::npos) << problem.what();
  }
}

TEST(Floor, EveryPieceOfThisHostIsMeasured) {
  const tests::TemporaryDirectory data;
  std::set<std::string> names;
  for (const FloorRow& row : measure_floors(data.path())) {
    names.insert(row.name);
    EXPECT_GT(row.n, 0u) << row.name;
    EXPECT_GT(row.p50_us, 0) << row.name;
    EXPECT_LE(row.p50_us, row.p99_us) << row.name;
  }
  EXPECT_EQ(names, (std::set<std::string>{"websocket", "websocket_spaced", "zmq_inproc",
                                          "zmq_inproc_spaced", "zmq_ipc", "zmq_ipc_spaced",
                                          "zmq_curve", "zmq_curve_spaced", "doorbell",
                                          "doorbell_spaced", "fdatasync"}));
  EXPECT_TRUE(std::filesystem::is_empty(data.path()));
  EXPECT_THROW(probe_sync(data.path() + "/absent"), std::runtime_error);
}

}  // namespace
}  // namespace trunkline::lab
