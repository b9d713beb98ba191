// The files of one launch, DIR/launch-NN (lab/OUTPUT.md says what is in each): few, each by this
// one writer, appended line by line, so that they are whole up to their last line whenever the job
// is killed.
#pragma once

#include <boost/json/fwd.hpp>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "lab/floor.h"
#include "lab/histogram_log.h"
#include "lab/load.h"

namespace trunkline::lab {

struct LaunchFacts {
  std::size_t number = 1;            // of the launch
  std::string arm = "A";             // its name
  std::vector<std::string> cluster;  // arguments of `trunkline start`
  std::vector<std::string> places;   // edges, in the order of the matrix
  std::size_t ranks = 0;             // 0: not known
  Floor floor;                       // measured before its first cell
};

// Threads: one; but keep_slices() is called by that of Slices while the load runs.
class LaunchRecord {
 public:
  // Makes DIR/launch-NN. Throws std::runtime_error if it is there already, or cannot be made.
  LaunchRecord(const std::string& directory, LaunchFacts facts);

  OnSlice keep_slices(std::size_t cell);
  // Its pairs, hops and line in cells.jsonl.
  void add(std::size_t cell, const std::string& label, const LoadConfig& config,
           const LoadResult& result);
  // It is left out, with a line in not_run.jsonl.
  void leave_out(std::size_t cell, const std::string& label, const std::string& why);
  // `why`: empty where it is complete.
  void end(const std::string& why);

 private:
  void write_facts(const std::string& status, const std::string& why) const;
  void keep(std::size_t cell, double began_s, const Slice& slice);
  void keep_postcards(std::size_t cell, const Postcards& postcards, double begin_s,
                      double length_s);
  double seconds() const;  // since it was made
  std::ofstream open(const std::string& name) const;

  LaunchFacts facts_;
  std::string directory_;
  std::int64_t made_ns_, made_stamp_ns_;
  double made_epoch_s_;
  std::string began_;
  std::ofstream e2e_file_, pairs_file_, hops_file_, hiccups_file_, series_, traced_, cells_, clock_;
  IntervalLog e2e_, pairs_, hops_, hiccups_;
  bool has_postcards_ = false;  // their files are made with the first
};

std::string launch_directory(const std::string& directory, std::size_t launch);
// "2026-11-26T10:00:00Z"
std::string utc_now();

}  // namespace trunkline::lab
