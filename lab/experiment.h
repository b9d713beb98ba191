// An experiment: loads (cells) that are put on fresh launches of one or several clusters (arms), in
// an order drawn from a seed. Pure, but for what reads and writes files.
#pragma once

#include <boost/json/fwd.hpp>
#include <map>
#include <string>
#include <vector>

#include "lab/cell.h"

namespace trunkline::lab {

struct Arm {
  std::string label;                               // "fused"
  std::vector<std::string> cluster;                // arguments of `trunkline start`
  std::map<std::string, std::string> environment;  // OMPI_MCA_… and the like
};

// When fresh launches end: with no width, after as many as were asked for.
struct StopRule {
  // They go on in whole rounds of all arms until the interval of p50 of every cell is narrower than
  // this part of p50; 0: no rule.
  double ci_width = 0;
  double max_time_s = 0;  // no round begins later; 0: any may
};
inline constexpr std::size_t kLaunchesUsual = 10, kLaunchesForWidth = 6;
inline constexpr double kTimeForWidthS = 600;
// Fills in what a width needs.
void complete(StopRule& stop, std::size_t& launches);

struct Experiment {
  std::string title;
  std::string axis;  // what is swept: "rate", "size", "arm"; empty: nothing
  std::uint64_t seed = 1;
  std::size_t launches = 1;  // of each arm; with a width, at least
  StopRule stop;
  ClockAlgorithm clock = ClockAlgorithm::hull;
  double resync_s = 1;         // between two bursts that compare clocks
  std::size_t generators = 1;  // processes that send
  std::vector<Arm> arms;
  std::vector<Cell> cells;
};

// Part of DIR/manifest.json. from_json throws std::runtime_error that names what is wrong.
boost::json::object to_json(const Experiment& experiment);
Experiment experiment_from_json(const boost::json::object& object);

// A TOML file (lab/README.md has one). Throws std::runtime_error that names file, line and mend.
Experiment read_experiment(const std::string& path);

// The name of an arm: A, B … Z, then A1 and so on.
std::string arm_name(std::size_t arm);
// The arms of all launches in the order in which they run: all arms once, in a random order, then
// all once more, so that what drifts with time meets all alike.
// More rounds go on where fewer ended.
std::vector<std::size_t> order_of_arms(const Experiment& experiment, std::size_t rounds);
// The cells in the order of one launch (from 1), random too.
std::vector<std::size_t> order_of_cells(const Experiment& experiment, std::size_t launch);

// A sweep of rates ends where the cluster no longer keeps up: true if two cells that differ from
// this one in nothing but a lower rate were saturated. `saturated`: by cell.
bool saturated_below(const std::vector<Cell>& cells, const std::vector<bool>& saturated,
                     std::size_t cell);
inline constexpr const char* kSaturatedBelow = "saturated below";  // why it is not run

}  // namespace trunkline::lab
