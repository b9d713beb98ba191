#include "lab/clock_curve.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

namespace trunkline::lab {

ClockOffset ClockCurve::at(std::int64_t our_ns) const {
  const auto after =
      std::lower_bound(knots_.begin(), knots_.end(), our_ns,
                       [](const Knot& knot, std::int64_t time) { return knot.our_ns < time; });
  const bool has_after = after != knots_.end(), has_before = after != knots_.begin();
  const auto since = [our_ns](const Knot& knot) {
    return static_cast<double>(our_ns - knot.our_ns);
  };
  if (has_after && has_before &&
      2 * (after->our_ns - std::prev(after)->our_ns) < 3 * config_.step_ns) {
    // The highest that a line can be bends upwards between two knots, so their chord is above it.
    const Knot &left = *std::prev(after), &right = *after;
    const double part = since(left) / static_cast<double>(right.our_ns - left.our_ns);
    const auto along = [part](std::int64_t from, std::int64_t to) {
      return part * static_cast<double>(to - from);
    };
    return {left.offset.low +
                static_cast<std::int64_t>(std::floor(along(left.offset.low, right.offset.low))),
            left.offset.high +
                static_cast<std::int64_t>(std::ceil(along(left.offset.high, right.offset.high)))};
  }
  ClockOffset offset{std::numeric_limits<std::int64_t>::min(),
                     std::numeric_limits<std::int64_t>::max()};
  const auto narrow = [&](const Knot& knot) {
    const auto drifted =
        static_cast<std::int64_t>(std::ceil(config_.drift_max * std::abs(since(knot))));
    offset.low = std::max(offset.low, knot.offset.low - drifted);
    offset.high = std::min(offset.high, knot.offset.high + drifted);
  };
  if (has_before) narrow(*std::prev(after));
  if (has_after) narrow(*after);
  return offset;
}

}  // namespace trunkline::lab
