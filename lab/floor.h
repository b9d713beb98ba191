// The floor beside a measurement: what each piece of a message's road costs alone, on this host
// (floor_probes.h) and between these very ranks (RUN/floor.json, which ranks write that were
// started with --measure-floor); and the floor of a whole message, which is composed of the pieces,
// not measured.
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace trunkline::lab {

struct FloorRow {
  std::string name, text;
  std::string direction;  // "one-way", or "call": until it returns
  std::uint64_t n = 0;
  double p50_us = 0, p99_us = 0;
  unsigned in_road = 0;  // how often the composed road has it; 0: not at all, or not known
};

// A ping-pong of MPI alone between rank 0 and `peer`, one-way.
struct MpiPing {
  std::size_t peer = 0, size_bytes = 0;
  std::uint64_t n = 0;
  double p50_us = 0, p99_us = 0;
};
// RUN/floor.json.
struct FloorOfRanks {
  std::string edge;   // of each rank: "fused", "inside", or "none": in another process
  bool rings = true;  // a rank that has nothing to do sleeps, and a doorbell wakes it
  std::string library;
  std::vector<MpiPing> pings;  // none where there is one rank
};
// Absent: there is no such file. Throws std::runtime_error that names the file.
std::optional<FloorOfRanks> read_floor_file(const std::string& run_directory);

struct Floor {
  std::string placement;  // "fused", "inside", "process", "host"; empty: not known
  std::vector<FloorRow> rows;
  std::optional<FloorOfRanks> ranks;
  // p50 of a direct message from a client of one rank to one of another, one-way: the sum of the
  // rows' medians, each as often as it stands in the road; where messages come a millisecond apart
  // to processes that sleep, and where they come back to back. Absent: the placement is not known.
  std::optional<double> road_p50_us, road_back_to_back_p50_us;
  std::string road;  // what the first is composed of, in words
};
// Pure. `rows`: of this host. `over_tcp`: edges in processes speak tcp with CURVE.
Floor compose_floor(std::vector<FloorRow> rows, std::optional<FloorOfRanks> ranks, bool over_tcp);

// Pieces of this host, in about two seconds. Without a data directory no disk is asked. Throws
// std::runtime_error.
std::vector<FloorRow> measure_floors(const std::string& data_directory);
// All of it; without a run directory, of this host alone.
Floor measure_floor(const std::string& run_directory, const std::string& data_directory);

// As launch.json has it (lab/OUTPUT.md).
boost::json::object to_json(const Floor& floor);
std::string floor_table(const Floor& floor);
// In the shape of the OSU micro-benchmarks, one for each pair of ranks; empty without ranks.
std::string mpi_tables(const FloorOfRanks& ranks);

}  // namespace trunkline::lab
