// An experiment on disk as a recorder leaves it, made up by the test: latencies are drawn from a
// seed, and the test knows every one.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "tests/support/temporary_directory.h"

namespace trunkline::tests {

struct MadeUp {
  std::size_t launches = 6;  // of each arm
  std::vector<std::string> arms{"fused"};
  std::vector<double> slower{1};  // how much, each arm
  std::string axis = "rate";
  std::vector<double> rates{1'000, 2'000, 4'000};
  std::vector<double> sizes{64};  // a cell for each rate and size
  std::size_t samples = 5'000;    // of each cell and launch
  std::size_t places = 3;         // of the matrix of pairs
  bool clock = false, floor = true, traced = false, direct = false, waits = false;
  double clock_bound_us = 4;
  double ci_width = 0;                   // that launches went on for; 0: no rule
  std::optional<std::size_t> not_run{};  // the cell that launches after the second leave out
  double hops_lost = 0;                  // the part of each hop that is not recorded
  std::optional<std::size_t> void_cell{}, saturated_cell{}, failed_launch{}, failed_cell{};
  std::string title = "latency against load";
};

class MadeUpExperiment {
 public:
  explicit MadeUpExperiment(MadeUp made);

  const std::string& path() const { return directory_.path(); }
  std::string content(const std::string& name) const { return content_of(path() + "/" + name); }
  // In microseconds; the smallest value that so many of all do not exceed.
  double quantile(std::size_t launch, std::size_t cell, double quantile) const;
  std::size_t cells() const { return made_.rates.size() * made_.sizes.size(); }

 private:
  struct Cell;
  void write_manifest() const;
  void write_launch(std::size_t launch, std::size_t arm);

  TemporaryDirectory directory_;
  MadeUp made_;
  std::map<std::pair<std::size_t, std::size_t>, std::vector<std::int64_t>> shown_;
};

// A number in the column of the first row whose fields have these texts; throws where there is
// none.
double csv_value(const std::string& csv, const std::map<std::string, std::string>& where,
                 const std::string& column);

}  // namespace trunkline::tests
