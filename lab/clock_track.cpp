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

ClockTrack::ClockTrack(std::vector<ClockExchange> exchanges, ClockTrackConfig config) {
  if (exchanges.empty()) return;
  std::sort(exchanges.begin(), exchanges.end(),
            [](const auto& a, const auto& b) { return a.sent < b.sent; });
  // Relative to the first exchange doubles hold times to a fraction of a nanosecond.
  const std::int64_t origin_ns = exchanges.front().sent;
  const std::int64_t origin_offset_ns = exchanges.front().other_received - origin_ns;
  Walls all;
  for (const ClockExchange& each : exchanges) {
    const auto wall = [=](std::int64_t ours, std::int64_t other) {
      return Wall{static_cast<double>(ours - origin_ns),
                  static_cast<double>(other - ours - origin_offset_ns)};
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
  const auto step = static_cast<double>(config.knot_ns);
  const double last = all.below.back().at;
  std::vector<ClockCurve::Knot> knots;
  for (double at = 0; at < last + step; at += step) {
    bool even = true;
    for (double half = static_cast<double>(config.window_ns) / 2; half >= step / 2; half /= 2) {
      const Walls walls{within(all.above, at - half, at + half),
                        within(all.below, at - half, at + half)};
      if (walls.above.empty() || walls.below.empty()) break;
      if (const auto range = range_at(at, walls, config.drift_max)) {
        knots.push_back({origin_ns + static_cast<std::int64_t>(at),
                         {origin_offset_ns + static_cast<std::int64_t>(std::floor(range->low)),
                          origin_offset_ns + static_cast<std::int64_t>(std::ceil(range->high))}});
        break;
      }
      even = false;
    }
    uneven_ += !even;
  }
  curve_ = ClockCurve(std::move(knots), {config.knot_ns, config.drift_max});
}

}  // namespace trunkline::lab
