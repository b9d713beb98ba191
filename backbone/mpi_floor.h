// The raw floor beside what a cluster measures: a ping-pong over MPI alone, on the very
// communicator, binding and parameters with which the ranks are about to serve. Only where it was
// asked for (--measure-floor); the laboratory reads it from the run directory.
//
// Threads: the rank's one thread. Collective, at start: before RankLink::open() and before anybody
// is served, so that nothing else runs on the ranks' cores.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "backbone/rank_link.h"

namespace trunkline::backbone {

// Between rank 0 and `peer`, both spinning. One way is half of a round trip.
struct MpiFloorRow {
  wire::RankId peer = wire::kNoRank;
  std::size_t size_bytes = 0, n = 0;
  std::int64_t p50_ns = 0, p99_ns = 0;
};
// Rank 0 with each other rank, at most 15, one after the other; whoever is not its turn sleeps.
// Takes a quarter of a second in all, however many there are: where a round is slow, n is small,
// but not 0. Rows on rank 0 alone; none where there is but one rank.
std::vector<MpiFloorRow> measure_mpi_floor(RankLink& link);

// What the floor of a whole message is made of here, beside the rows.
struct RoadFacts {
  std::string_view edge;  // of each rank: "fused", "inside", or "none": in another process
  bool rings = true;      // a rank sleeps when idle, and is woken by its doorbell
  std::string library;    // of MPI
};
// RUN/floor.json, mode 0600, renamed into place. Throws std::system_error.
void write_floor_file(const std::string& run_directory, const RoadFacts& facts,
                      const std::vector<MpiFloorRow>& rows);
// Ours, or one that a job left behind that was killed; none is there: nothing happens.
void remove_floor_file(const std::string& run_directory);

}  // namespace trunkline::backbone
