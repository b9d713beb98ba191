// One run of the load generator: pairs of clients over one road, at a given rate or with a window.
//
// Open loop (rate): message K is due at begin + K / rate whatever became of the ones before, pairs
// in turn, and its latency counts from then; lateness is how much later it was given to the socket.
// Closed loop (window): each pair keeps `window` messages under way; this finds the ceiling, and
// its latencies are those of a full system.
//
// Threads: the caller's one thread runs everything, inside run().
#pragma once

#include <string>
#include <vector>

#include "bench/road.h"

namespace trunkline::bench {

struct LoadConfig {
  std::string sender_url, receiver_url;
  std::uint32_t pairs = 1;
  double rate_per_second = 0;  // over all pairs; 0: by window
  std::uint32_t window = 16;   // per pair
  bool by_acknowledgement =
      false;  // the window counts what is not acknowledged, not what is under way
  std::size_t payload_bytes = 64;
  double warmup_s = 1.5, seconds = 5;
  std::vector<int> server_pids;  // whose CPU and sleeps are counted; with all their threads
};

struct Percentiles {
  std::uint64_t count = 0;
  double p50 = 0, p90 = 0, p99 = 0, p999 = 0, max = 0;  // microseconds
};

struct LoadResult {
  Percentiles latency, lateness, acknowledged;  // to the receiver; of the sends; to the ack
  double delivered_per_second = 0, acknowledged_per_second = 0;
  double server_cpu_us_per_message = 0, server_sleeps_per_message = 0;
  double generator_cores = 0;  // CPU time of this process over elapsed time
  std::uint64_t sent = 0, lost = 0, repeated = 0, reordered = 0;
};

// Throws std::runtime_error when an end fails, or a pair is not connected through within 20 s.
LoadResult run_load(const LoadConfig& config, const MakeEnd& make_end);

}  // namespace trunkline::bench
