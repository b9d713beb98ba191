// One run of the load generator: pairs of clients, a schedule, and what came of it.
//
// Open loop (rate): messages of all pairs together are due at times that are made ahead
// (lab/arrivals.h), whatever the cluster does, and latency counts from that moment; lateness of the
// generator itself is told beside it. Maximum rate (window): each pair keeps `window` messages
// under way.
//
// Threads: run() blocks, and runs everything in the calling thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lab/clock_findings.h"
#include "lab/hiccups.h"
#include "lab/pair.h"
#include "lab/postcards.h"
#include "lab/process_meter.h"
#include "lab/schedule.h"
#include "lab/server_counters.h"
#include "lab/steadiness.h"

namespace trunkline::lab {

// How the clocks of the hosts are compared (clock_probes.h).
struct ClockConfig {
  ClockAlgorithm algorithm = ClockAlgorithm::hull;
  double resync_s = 1;        // between two bursts
  std::vector<Login> logins;  // for it alone (ClockProbes::logins_needed); empty: nobody looks
};

struct LoadConfig {
  std::vector<std::string> urls;  // the places, each an edge
  Traffic traffic;                // the pairs between them, and which sends next
  std::vector<Login> logins;      // of pair i 2 i sends, 2 i + 1 is sent to
  std::string matrix;             // words that made the traffic (traffic_matrix.h); empty: none did
  double rate_per_second = 1'000;
  std::string arrivals = "const";  // words of make_arrivals()
  std::uint64_t seed = 1;          // of arrivals and traffic
  std::size_t window = 0;          // 0: open loop, at the rate
  std::size_t body_bytes = 64;
  wire::MessageClass message_class = wire::MessageClass::direct;
  Protocol protocol = Protocol::bin;
  Mechanism mechanism = Mechanism::scram;
  bool verify_certificate = false;
  double warmup_s = 1, measured_s = 5;
  bool stamped = false;
  TraceMode trace_mode = TraceMode::in_band;
  double sampled_fraction = 1;
  // Of several generator processes (generators.h): how many there are, which pairs this one has,
  // and when all begin, by now_ns(); it is asked five times a second once all pairs are ready, and
  // gives 0 while that is not known. Absent: at once.
  Share share;
  std::function<std::int64_t()> begins_at;
  std::size_t generators = 1;  // processes that send; for reports
  std::uint32_t cell = 0;      // of an experiment; it stands in Slice::traced
  ClockConfig clock;
  std::vector<int> pids;                     // of the servers
  std::optional<wire::ClusterFile> cluster;  // whose ranks are asked for their counters
};

struct LoadResult {
  PairRun measured;
  Times times;
  std::vector<Tenth> tenths;                 // of the measured time
  std::vector<SparseCounts> shown_by_tenth;  // (slices.h)
  std::uint64_t due = 0;          // messages that were due in it; window mode: that were sent
  TallySums sums;                 // of the whole run, warm-up included
  std::uint64_t written_off = 0;  // window mode: direct messages no longer waited for
  double measured_s = 0;
  double generator_cores = 0;  // CPU time of the generators over the measured time
  ProcessCost servers;         // in the measured time
  ServerCounters counters;     // of all ranks, over the whole run; empty: nobody was asked
  Postcards postcards;         // empty: trace_mode is in_band
  ClockFindings clock;
};

enum class Phase : std::uint8_t { logging_in, warming_up, measuring, draining };
std::string_view to_string(Phase);

struct Progress {
  Phase phase = Phase::logging_in;
  double seconds_in_phase = 0;
  std::size_t pairs_ready = 0;
  TallySums sums;
};
// Called five times a second.
using OnProgress = std::function<void(const Progress&)>;

// Throws std::runtime_error if a pair cannot log in or is closed, or if postcards are wanted of a
// cluster that is not known.
LoadResult run_load(const LoadConfig& config, const OnProgress& on_progress,
                    const OnSlice& on_slice = {});
// Of it: what one generator does, who asks no server for anything but to carry messages; and what
// the ranks counted, and the postcards of all, while `drive` ran.
LoadResult drive_load(const LoadConfig& config, const OnProgress& on_progress,
                      const OnSlice& on_slice);
LoadResult with_servers(const LoadConfig& config, const std::function<LoadResult()>& drive);

}  // namespace trunkline::lab
