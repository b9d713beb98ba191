// The cells of one launch, one after the other, on a cluster that serves.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "lab/experiment.h"
#include "lab/launch_record.h"
#include "lab/status.h"
#include "lab/targets.h"

namespace trunkline::lab {

// A cluster that serves, as the laboratory needs to know it.
struct Target {
  std::vector<std::string> urls;  // of its edges
  std::vector<Login> logins;
  bool verify_certificate = false;
  std::vector<int> pids;                     // whose CPU is measured
  std::optional<wire::ClusterFile> cluster;  // whose ranks are asked for their counters
  std::vector<Login> clock_logins;           // of those who compare clocks; empty: nobody does
};

struct LaunchEvents {
  std::function<void(std::size_t cell)> on_cell_begins = {};
  std::function<void(std::size_t cell, const Progress&)> on_progress = {};
  OnSlice on_slice = {};  // by the thread of Slices
  std::function<void(std::size_t cell, const LoadConfig&, const LoadResult&)> on_cell = {};
  std::function<void(std::size_t cell, const std::string& why)> on_left_out = {};
};

// That keep a status file up to date; both outlive them.
LaunchEvents status_events(StatusKeeper& status, const Experiment& experiment);
// How many users an experiment takes between so many places: two for each pair of the cell that has
// most, and those who compare clocks.
std::size_t users_needed(const Experiment& experiment, std::size_t places);
// Shares them out. Where there are too few to compare clocks, nobody does.
void give_logins(Target& target, const Experiment& experiment, std::vector<Login> logins);

// Cells whose rate is above that of two saturated ones are left out (experiment.h). `record`: null
// where nothing is to be kept. Throws std::runtime_error if a client is refused or
// closed.
void run_cells(const Experiment& experiment, const std::vector<std::size_t>& order,
               const Target& target, LaunchRecord* record, const LaunchEvents& events);

}  // namespace trunkline::lab
