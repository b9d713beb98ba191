// Where the time of traced messages went, hop by hop, and whether the hops add up. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lab/experiment_results.h"

namespace trunkline::lab {

struct HopMean {
  std::string series;  // as in SeriesRun
  std::uint64_t n = 0;
  double mean_us = 0;
  bool between_clocks = false;  // from one process to another, which may be on another host
  // How far it may be from the truth, at worst; absent: it was not recorded.
  std::optional<double> bound_us;
};
// Of all launches whose cell counts, together: their means add up as those of one launch do.
struct HopAccount {
  std::vector<HopMean> hops;  // in the order of the road
  double sum_us = 0;          // a hop that only some messages took counts for that share
  std::uint64_t messages = 0;
  double whole_us = 0;  // from the first stamp to the last
};
HopAccount hop_account(const ExperimentData& data, const std::string& arm, std::size_t cell);
// The same by postcards: queues, turns and commits, from when a message was due.
HopAccount wait_account(const ExperimentData& data, const std::string& arm, std::size_t cell);
// The parts of a hop that ends with a rank taking the message, by what the rank did before.
struct IdleShare {
  wire::Idle idle = wire::Idle::untold;
  HopMean mean;
};
std::vector<IdleShare> idle_shares(const ExperimentData& data, const std::string& arm,
                                   std::size_t cell, const std::string& hop_series);

// How far a one-way time between hosts may be from the truth, at worst; absent: no clock was
// compared.
std::optional<double> clock_bound_us(const ExperimentData& data);

}  // namespace trunkline::lab
