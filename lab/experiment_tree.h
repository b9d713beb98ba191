// What an experiment left on disk (lab/OUTPUT.md), as far as it is small: the manifest, its
// launches and their finished cells. A launch that was killed half way reads as far as it went.
//
// Only reads. Errors are std::runtime_error and name the file, and where it has lines the line.
#pragma once

#include <boost/json.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace trunkline::lab {

// What was asked of a measurement, and whether it held.
struct RecordedCheck {
  std::string name;
  bool passed = false;
  std::optional<double> value, limit;
  std::string text;  // a sentence
};

// A configuration of the cluster; launches of several arms alternate.
struct RecordedArm {
  std::string name, label;
};
struct PlannedCell {
  std::size_t number = 0;
  std::string label;
};

// One cell that one launch finished.
struct RecordedCell {
  std::size_t launch = 0, cell = 0;
  std::string arm, label, message_class;
  double size_bytes = 0;
  std::optional<double> rate_per_s;  // absent: closed loop
  std::string steady;                // steady, trend, saturated or short
  double offered_per_s = 0, achieved_per_s = 0;
  std::optional<double> measured_s;
  bool is_void = false;  // says nothing about the cluster: the generator could not drive it
  bool failed = false;   // the cluster broke a promise
  std::vector<RecordedCheck> checks;
  std::vector<std::string> remarks;
  std::optional<std::size_t> hosts;  // whose clocks were met; absent: nobody looked
  // How far each hop may be from the truth, at worst, by its series ("hop:FROM-TO").
  std::map<std::string, double> hop_bounds_us;

  bool counts() const { return !is_void; }
  bool saturated() const { return steady == "saturated"; }
};

struct RecordedFloorRow {
  std::string name, text, direction;
  double p50_us = 0, p99_us = 0, n = 0;
};
// What the same road costs without Trunkline on it.
struct RecordedFloor {
  std::vector<RecordedFloorRow> rows;
  std::optional<double> road_p50_us;  // one-way, of a whole message
};

// A cell that a launch left out, and why.
struct NotRun {
  std::size_t cell = 0;
  std::string why;
};

struct RecordedLaunch {
  std::string directory;  // of its files, with the experiment's
  std::size_t number = 0, order = 0;
  std::string arm, status, why, placement;
  std::optional<double> ranks;
  std::vector<std::string> places;
  std::optional<RecordedFloor> floor;
  std::vector<RecordedCell> cells;  // finished ones
  std::vector<NotRun> not_run;

  bool complete() const { return status == "complete"; }
};

struct RecordedExperiment {
  std::string directory;
  boost::json::object manifest;
  std::string title, created, axis, storage;  // axis: empty where nothing is swept
  std::size_t launches_planned = 0;           // of all arms together
  std::optional<double> ci_width;             // that launches went on for
  std::size_t hosts = 1;                      // 0: nobody knows
  std::vector<RecordedArm> arms;
  std::vector<PlannedCell> cells;
  std::vector<RecordedLaunch> launches;  // by number

  std::string label_of_arm(const std::string& name) const;
  std::string label_of_cell(std::size_t number) const;
};

RecordedExperiment read_recorded_experiment(const std::string& directory);

// The cell whose numbers come first: the first that was planned and counts in a launch of every
// arm, else the first planned.
std::size_t headline_cell(const RecordedExperiment& experiment);

}  // namespace trunkline::lab
