// How far an experiment is, in DIR/status.json: for `watch`, from any terminal, also where the job
// runs under a batch system. Replaced whole, once a second.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "lab/experiment.h"
#include "lab/load.h"

namespace trunkline::lab {

inline constexpr const char* kPhaseOver = "over";

struct Status {
  std::string title, phase = "starting", arm, label;
  std::size_t launch = 1, launches = 1;  // of all arms together
  std::size_t cell = 0, cells = 1;       // how many came before in this launch; of how many
  double seconds = 0, of_seconds = 0;    // of this cell, warm-up included
  double eta_s = 0;                      // until all is over, without what starts of clusters take
  // Of the last second; 0: none yet.
  double shown_per_s = 0, p50_us = 0, p99_us = 0, max_us = 0, backlog = 0;
};

// Throws std::runtime_error.
void write_status(const std::string& directory, const Status& status);
// Absent: there is none (yet).
std::optional<Status> read_status(const std::string& directory);
// "launch 3 of 20 (fused), cell 2 of 5: 1000/s, 64 B, stored: measuring 3 of 6 s, 1000/s, p50 310
// us, p99 900 us, 4 min left".
std::string status_line(const Status& status);

// The last word of an experiment. Throws std::runtime_error.
void write_over(const std::string& directory);

// Keeps the file of a launch up to date. Threads: the load's and that of Slices.
class StatusKeeper {
 public:
  // `done`: launches before this one, of all arms.
  StatusKeeper(std::string directory, const Experiment& experiment, std::size_t done,
               std::string arm);
  void begin_cell(const Cell& cell);
  void leave_out(const Cell& cell);
  void progress(const Progress& progress);
  void slice(const Slice& slice);

 private:
  void write();

  const std::string directory_;
  std::mutex mutex_;
  Status status_;
  double cells_s_ = 0;   // of a whole launch
  double left_s_ = 0;    // after this cell
  double warmup_s_ = 0;  // of this cell
};

// What a cell takes.
double seconds_of(const Cell& cell);

}  // namespace trunkline::lab
