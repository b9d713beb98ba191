// Where another host's clock stood, seen from ours, with a bound that holds: from exchanges of four
// stamps. A message cannot arrive before it was sent, so each exchange says for certain between
// which two values the difference lay; and as long as the clocks drift evenly over a window of half
// a minute, it was on a line that runs between all those of the window. Of all such lines the
// lowest and the highest are the bound (after Moon, Skelly, Towsley, "Estimation and removal of
// clock skew", 1999, and Zhang, Liu, Xia, "Clock synchronization algorithms for network
// measurements", 2002, who looked for the best line; here none is left out).
//
// It is made after a run, from raw stamps: between bursts on both sides, never beyond the last.
// Pure. Threads: none; const calls from any.
#pragma once

#include <cstdint>
#include <vector>

#include "lab/clock_curve.h"

namespace trunkline::lab {

// Nanoseconds of two clocks that are read as they are.
struct ClockExchange {
  std::int64_t sent = 0;            // by us, on our clock
  std::int64_t other_received = 0;  // on the other's
  std::int64_t other_sent = 0;
  std::int64_t received = 0;  // by us
};

struct ClockTrackConfig {
  std::int64_t window_ns = 30'000'000'000;  // in which drift is even
  std::int64_t knot_ns = 1'000'000'000;
  double drift_max = kClockDriftMost;
};

class ClockTrack {
 public:
  // In any order. Without an exchange nothing is known: `known` is false.
  explicit ClockTrack(std::vector<ClockExchange> exchanges, ClockTrackConfig config = {});

  bool known() const { return curve_.known(); }
  const ClockCurve& curve() const { return curve_; }
  // At a time of our clock. REQUIRES: known().
  ClockOffset at(std::int64_t our_ns) const { return curve_.at(our_ns); }
  // Knots whose window had to be made smaller, because no line ran through it: drift was uneven.
  std::size_t uneven() const { return uneven_; }

 private:
  ClockCurve curve_;
  std::size_t uneven_ = 0;
};

}  // namespace trunkline::lab
