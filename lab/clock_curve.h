// Where one clock stood against another, known at some times and told between them, with a bound.
// Pure. Threads: none; const calls from any.
#pragma once

#include <cstdint>
#include <vector>

namespace trunkline::lab {

// The other clock less ours, in nanoseconds: certainly from `low` to `high`.
struct ClockOffset {
  std::int64_t low = 0, high = 0;
  std::int64_t middle() const { return low + (high - low) / 2; }
  std::int64_t bound() const { return (high - low + 1) / 2; }
};

// Of two hosts' clocks, whatever is measured: 100 us a second.
inline constexpr double kClockDriftMost = 1e-4;

class ClockCurve {
 public:
  struct Knot {
    std::int64_t our_ns = 0;
    ClockOffset offset;
  };
  struct Config {
    std::int64_t step_ns = 1'000'000'000;  // between neighbouring knots
    double drift_max = kClockDriftMost;
  };

  ClockCurve() = default;
  // REQUIRES: knots by time.
  ClockCurve(std::vector<Knot> knots, Config config) : knots_(std::move(knots)), config_(config) {}

  bool known() const { return !knots_.empty(); }
  const std::vector<Knot>& knots() const { return knots_; }
  // Before the first knot, after the last, and where one is missing, the bound widens by drift_max.
  // REQUIRES: known().
  ClockOffset at(std::int64_t our_ns) const;

 private:
  std::vector<Knot> knots_;
  Config config_;
};

}  // namespace trunkline::lab
