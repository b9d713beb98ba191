#include "lab/plot_svg.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "lab/colours.h"
#include "lab/format.h"
#include "lab/plot_frame.h"

namespace trunkline::lab {
namespace {

constexpr double kTitlePart =
    0.74;  // of the width, for letters of the usual size: these are larger
constexpr double kTitleRow = 20, kLegendRow = 18, kAxisRoom = 32, kBelow = 44, kRight = 18;
constexpr std::size_t kNamedTilesMost = 300;
constexpr double kBarHeight = 46, kTileMost = 56, kColourBar = 46;

std::string number_of(std::size_t look) {
  return std::to_string(look % kLooks);
}

// More parts than colours: the colours again, paler.
std::string fill_of(std::size_t look) {
  return "f" + number_of(look) + (look < kLooks ? "" : " pale");
}

// What can be read on a part: blue and grey are dark by day, pale ones are dark by night.
std::string ink_on(std::size_t look) {
  if (look >= kLooks) return "on-pale";
  return look == 0 || look == 6 ? "on-strong" : "on-light";
}

bool is_of(const Plot& plot, Shape shape) {
  return plot.series.front().shape == shape;
}

class Data {
 public:
  Data(Svg& svg, const PlotScale& x, const PlotScale& y) : svg_(svg), x_(x), y_(y) {}

  void draw(const Series& series) {
    switch (series.shape) {
      case Shape::line:
        ribbon(series);
        return line(series);
      case Shape::points:
        return points(series);
      case Shape::line_points:
        line(series);
        return points(series);
      case Shape::outline:
        return svg_.polygon(spots(series), "area f" + number_of(series.look), series.name);
      case Shape::bars:
        return bars(series);
      case Shape::tiles:
        return tiles(series);
    }
  }

 private:
  bool has(const Point& point) const { return x_.has(point.x) && y_.has(point.y); }
  Spot spot(double x, double y) const { return {x_.at(x), y_.at(y)}; }
  std::vector<Spot> spots(const Series& series) const {
    std::vector<Spot> spots;
    for (const Point& point : series.points) {
      if (has(point)) spots.push_back(spot(point.x, point.y));
    }
    return spots;
  }

  void line(const Series& series) {
    svg_.polyline(spots(series), "line l" + number_of(series.look) + " d" +
                                     number_of(series.dash.value_or(series.look)) +
                                     (series.faint ? " faint" : ""));
  }

  void ribbon(const Series& series) {
    std::vector<Spot> around, back;
    for (const Point& point : series.points) {
      if (!has(point) || !point.low || !y_.has(*point.low) || !y_.has(*point.high)) continue;
      around.push_back(spot(point.x, *point.high));
      back.push_back(spot(point.x, *point.low));
    }
    around.insert(around.end(), back.rbegin(), back.rend());
    if (!around.empty()) svg_.polygon(around, "ribbon f" + number_of(series.look));
  }

  void points(const Series& series) {
    const std::string whisker = "whisker l" + number_of(series.look);
    for (const Point& point : series.points) {
      if (!has(point)) continue;
      const Spot at = spot(point.x, point.y);
      if (point.low && y_.has(*point.low) && y_.has(*point.high)) {
        const double low = y_.at(*point.low), high = y_.at(*point.high);
        svg_.line({at.x, low}, {at.x, high}, whisker);
        for (const double end : {low, high}) {
          svg_.line({at.x - 5, end}, {at.x + 5, end}, whisker);
        }
      }
      svg_.marker(at, series.look, point.note);
    }
  }

  void bars(const Series& series) {
    for (const Point& point : series.points) {
      const double from = x_.at(*point.low), to = x_.at(*point.high);
      const double top = y_.at(point.y - 0.36), bottom = y_.at(point.y + 0.36);
      svg_.box({from, top}, to - from, bottom - top, "part " + fill_of(series.look),
               series.name + ": " + point.note);
      if (text_width(point.note) + 6 > to - from) continue;
      svg_.text({(from + to) / 2, (top + bottom) / 2 + 4}, "middle", ink_on(series.look),
                point.note);
    }
  }

  // Too many to be named one by one.
  void small_tiles(const Series& series, double width, double height) {
    const Range range = values_of(series);
    std::array<std::vector<Spot>, std::size(kRamp)> corners;
    for (const Point& point : series.points) {
      if (!point.value) continue;
      const Spot middle = spot(point.x, point.y);
      corners[step_of(*point.value, range)].push_back(
          {middle.x - width / 2, middle.y - height / 2});
    }
    for (std::size_t step = 0; step < corners.size(); ++step) {
      if (!corners[step].empty()) svg_.boxes(corners[step], width, height, kRamp[step]);
    }
  }

  void tiles(const Series& series) {
    const Range range = values_of(series);
    const double width = x_.at(1) - x_.at(0), height = y_.at(1) - y_.at(0);
    if (series.points.size() > kNamedTilesMost) return small_tiles(series, width, height);
    for (const Point& point : series.points) {
      const Spot middle = spot(point.x, point.y);
      const Spot corner{middle.x - width / 2, middle.y - height / 2};
      if (!point.value) {
        svg_.box(corner, width, height, "none", point.note);
        continue;
      }
      const std::size_t place = step_of(*point.value, range);
      svg_.box(corner, width, height, "part", point.note, kRamp[place]);
      const std::string told = tick_text(std::stod(format("%.3g", *point.value)));
      if (text_width(told) + 4 > width || height < 16) continue;
      const bool is_dark = place < std::size(kRamp) / 2;
      svg_.text({middle.x, middle.y + 4}, "middle", is_dark ? "on-dark" : "on-light", told);
    }
  }

 public:
  static Range values_of(const Series& series) {
    Range range;
    for (const Point& point : series.points) {
      if (point.value) range.include(*point.value);
    }
    return range;
  }
  static std::size_t step_of(double value, const Range& range) {
    if (range.high <= range.low) return 0;
    const double part = (value - range.low) / (range.high - range.low);
    return static_cast<std::size_t>(std::lround(part * (std::size(kRamp) - 1)));
  }

 private:
  Svg& svg_;
  const PlotScale& x_;
  const PlotScale& y_;
};

// What the colours of tiles mean.
void draw_colours(Svg& svg, const Plot& plot, const Area& area) {
  const Range range = Data::values_of(plot.series.front());
  if (!range.known) return;
  const double y = area.bottom + kBelow + 6, each = 14;
  const auto told = [](double value) { return tick_text(std::stod(format("%.3g", value))); };
  const std::string low = told(range.low), high = told(range.high);
  double x = 4;
  svg.text({x, y + 11}, "start", "small", plot.value_label);
  x += text_width(plot.value_label) + 8;
  svg.text({x, y + 11}, "start", "small", low);
  x += text_width(low) + 4;
  for (const char* colour : kRamp) {
    svg.box({x, y}, each, 14, "", "", colour);
    x += each;
  }
  svg.text({x + 6, y + 11}, "start", "small", high);
}

double height_of_data(const Plot& plot, double width) {
  if (is_of(plot, Shape::bars)) return kBarHeight * static_cast<double>(plot.y.names.size());
  if (is_of(plot, Shape::tiles)) {
    const double tile = std::min(kTileMost, width / static_cast<double>(plot.x.names.size()));
    return tile * static_cast<double>(plot.y.names.size());
  }
  return std::clamp(0.5 * width, 230.0, 340.0);
}

// Room for the names beside the axis.
double left_of(const Plot& plot, const PlotScale& y) {
  double widest = 24;
  for (const Tick& tick : y.ticks(plot.y.scale == Scale::names ? plot.y.names.size() : 6)) {
    widest = std::max(widest, text_width(tick.label));
  }
  return widest + 14;
}

}  // namespace

Svg drawing_of(const Plot& plot, double width) {
  const std::vector<std::string> title = wrapped(plot.title, width * kTitlePart);
  const auto rows = legend_rows(plot, width - 8);
  const Range x_range = range_of(plot, true), y_range = range_of(plot, false);
  const bool down = is_of(plot, Shape::bars) || is_of(plot, Shape::tiles);

  Area area;
  area.left = left_of(plot, PlotScale(plot.y, y_range.low, y_range.high, 1, 0));
  area.right = width - kRight;
  const double legend_top = 4 + kTitleRow * static_cast<double>(title.size());
  area.top = legend_top + kLegendRow * static_cast<double>(rows.size()) + kAxisRoom;
  const double data_height = height_of_data(plot, area.right - area.left);
  area.bottom = area.top + data_height;
  if (is_of(plot, Shape::tiles)) {  // square ones
    const double tile = data_height / static_cast<double>(plot.y.names.size());
    area.right = area.left + tile * static_cast<double>(plot.x.names.size());
  }
  const PlotScale x(plot.x, x_range.low, x_range.high, area.left, area.right);
  const PlotScale y(plot.y, y_range.low, y_range.high, down ? area.top : area.bottom,
                    down ? area.bottom : area.top);

  Svg svg(width, area.bottom + kBelow + (is_of(plot, Shape::tiles) ? kColourBar - 16 : 0));
  for (std::size_t i = 0; i < title.size(); ++i) {
    svg.text({4, 16 + kTitleRow * static_cast<double>(i)}, "start", "title", title[i]);
  }
  draw_legend(svg, rows, legend_top);
  draw_axes(svg, plot, area, x, y);
  draw_marks(svg, plot, area, x);
  Data data(svg, x, y);
  for (const Series& series : plot.series) {
    if (!series.points.empty()) data.draw(series);
  }
  if (is_of(plot, Shape::tiles)) draw_colours(svg, plot, area);
  return svg;
}

}  // namespace trunkline::lab
