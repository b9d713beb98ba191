#include "lab/clock_track.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace trunkline::lab {
namespace {

constexpr double kNone = std::numeric_limits<double>::infinity();

// The line must pass on one side of it.
struct Wall {
  double at, offset;
};
struct Walls {
  std::vector<Wall> above, below;
};
struct Range {
  double low, high;
};

double turn(const Wall& a, const Wall& b, const Wall& c) {
  return (b.at - a.at) * (c.offset - a.offset) - (b.offset - a.offset) * (c.at - a.at);
}

// Those that a line below all of them can touch, by time. REQUIRES: walls by time.
std::vector<Wall> lower_hull(const std::vector<Wall>& walls) {
  std::vector<Wall> hull;
  for (const Wall& wall : walls) {
    while (hull.size() > 1 && turn(hull[hull.size() - 2], hull.back(), wall) <= 0) hull.pop_back();
    hull.push_back(wall);
  }
  return hull;
}

std::vector<Wall> mirrored(std::vector<Wall> walls) {
  for (Wall& wall : walls) wall.offset = -wall.offset;
  return walls;
}

// The slopes of all lines between the walls; absent: there is no such line.
std::optional<Range> slopes_between(const Walls& walls, double drift_max) {
  Range slopes{-drift_max, drift_max};
  for (const Wall& above : walls.above) {
    for (const Wall& below : walls.below) {
      const double time = above.at - below.at, room = above.offset - below.offset;
      if (time > 0) {
        slopes.high = std::min(slopes.high, room / time);
      } else if (time < 0) {
        slopes.low = std::max(slopes.low, room / time);
      } else if (room < 0) {
        return std::nullopt;
      }
    }
  }
  if (slopes.low > slopes.high) return std::nullopt;
  return slopes;
}

// How high a line below these walls, with such a slope, can be at a time. For each slope it is the
// lowest wall that counts; as a function of the slope that bends only at the slopes of the hull.
double highest_at(double at, const std::vector<Wall>& above, const Range& slopes) {
  const auto with = [&](double slope) {
    double highest = kNone;
    for (const Wall& wall : above) {
      highest = std::min(highest, wall.offset + slope * (at - wall.at));
    }
    return highest;
  };
  double highest = std::max(with(slopes.low), with(slopes.high));
  for (std::size_t next = 1; next < above.size(); ++next) {
    const double time = above[next].at - above[next - 1].at;
    if (time <= 0) continue;
    const double slope = (above[next].offset - above[next - 1].offset) / time;
    if (slope > slopes.low && slope < slopes.high) highest = std::max(highest, with(slope));
  }
  return highest;
}

std::optional<Range> range_at(double at, const Walls& all, double drift_max) {
  const Walls walls{lower_hull(all.above), mirrored(lower_hull(mirrored(all.below)))};
  const auto slopes = slopes_between(walls, drift_max);
  if (!slopes) return std::nullopt;
  const Range turned{-slopes->high, -slopes->low};
  return Range{-highest_at(at, mirrored(walls.below), turned),
               highest_at(at, walls.above, *slopes)};
}

}  // namespace

ClockTrack::ClockTrack(std::vector<ClockExchange> exchanges, ClockTrackConfig config)
    : config_(config) {
  if (exchanges.empty()) return;
  std::sort(exchanges.begin(), exchanges.end(),
            [](const auto& a, const auto& b) { return a.sent < b.sent; });
  origin_ns_ = exchanges.front().sent;
  origin_offset_ns_ = exchanges.front().other_received - origin_ns_;
  Walls all;
  for (const ClockExchange& each : exchanges) {
    const auto wall = [this](std::int64_t ours, std::int64_t other) {
      return Wall{static_cast<double>(ours - origin_ns_),
                  static_cast<double>(other - ours - origin_offset_ns_)};
    };
    all.above.push_back(wall(each.sent, each.other_received));
    all.below.push_back(wall(each.received, each.other_sent));
  }
  std::sort(all.below.begin(), all.below.end(),
            [](const Wall& a, const Wall& b) { return a.at < b.at; });

  const auto within = [](const std::vector<Wall>& walls, double begin, double end) {
    const auto is_before = [](const Wall& wall, double at) { return wall.at < at; };
    return std::vector<Wall>(std::lower_bound(walls.begin(), walls.end(), begin, is_before),
                             std::lower_bound(walls.begin(), walls.end(), end, is_before));
  };
  const auto step = static_cast<double>(config_.knot_ns);
  const double last = all.below.back().at;
  for (double at = 0; at < last + step; at += step) {
    bool even = true;
    for (double half = static_cast<double>(config_.window_ns) / 2; half >= step / 2; half /= 2) {
      const Walls walls{within(all.above, at - half, at + half),
                        within(all.below, at - half, at + half)};
      if (walls.above.empty() || walls.below.empty()) break;
      if (const auto range = range_at(at, walls, config_.drift_max)) {
        knots_.push_back({at, range->low, range->high});
        break;
      }
      even = false;
    }
    uneven_ += !even;
  }
}

ClockOffset ClockTrack::at(std::int64_t our_ns) const {
  const auto time = static_cast<double>(our_ns - origin_ns_);
  const auto after = std::lower_bound(knots_.begin(), knots_.end(), time,
                                      [](const Knot& knot, double at) { return knot.at < at; });
  const bool has_after = after != knots_.end(), has_before = after != knots_.begin();
  Range range{-kNone, kNone};
  const auto narrow = [&](const Knot& knot) {
    const double drifted = config_.drift_max * std::abs(time - knot.at);
    range.low = std::max(range.low, knot.low - drifted);
    range.high = std::min(range.high, knot.high + drifted);
  };
  const auto step = static_cast<double>(config_.knot_ns);
  if (has_after && has_before && after->at - std::prev(after)->at < 1.5 * step) {
    // The highest that a line can be bends upwards between two knots, so their chord is above it.
    const Knot &left = *std::prev(after), &right = *after;
    const double part = (time - left.at) / (right.at - left.at);
    range = {std::lerp(left.low, right.low, part), std::lerp(left.high, right.high, part)};
  } else {
    if (has_before) narrow(*std::prev(after));
    if (has_after) narrow(*after);
  }
  return {origin_offset_ns_ + static_cast<std::int64_t>(std::floor(range.low)),
          origin_offset_ns_ + static_cast<std::int64_t>(std::ceil(range.high))};
}

}  // namespace trunkline::lab
