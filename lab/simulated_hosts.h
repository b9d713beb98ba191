// Two hosts whose clocks drift apart, on a network that delays at will, for what must hold of any:
// the truth about their offset is known here. Pure.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "lab/clock_track.h"

namespace trunkline::lab {

// The other's clock is ours, an offset, and a drift. Times in nanoseconds.
class SimulatedHosts {
 public:
  SimulatedHosts(unsigned seed, std::int64_t offset, double drift);

  std::int64_t offset_at(std::int64_t ours) const;
  // What the two read when an exchange begins at this time of ours.
  ClockExchange exchange(double begin);
  // So many exchanges each second.
  std::vector<ClockExchange> bursts(double from, double to, int each);
  void drift_by(double drift, double from);  // from then on

 private:
  std::int64_t other(double ours) const;
  double delay();

  std::mt19937 random_;
  std::uniform_real_distribution<double> unit_{0, 1};
  std::int64_t offset_;
  double drift_;
};

}  // namespace trunkline::lab
