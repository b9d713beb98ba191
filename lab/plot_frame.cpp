#include "lab/plot_frame.h"

#include <algorithm>
#include <cmath>

#include "lab/colours.h"

namespace trunkline::lab {
namespace {

constexpr double kSwatch = 26, kBetween = 14, kRow = 18, kNameRow = 14;

std::string number_of(std::size_t look) {
  return std::to_string(look % kLooks);
}

bool is_filled(Shape shape) {
  return shape == Shape::outline || shape == Shape::bars;
}

double longest(const std::vector<Tick>& ticks) {
  double width = 0;
  for (const Tick& tick : ticks) width = std::max(width, text_width(tick.label));
  return width;
}

// As many as have room side by side.
std::vector<Tick> fitting(const PlotScale& scale, double width) {
  for (std::size_t most = 12; most > 0; --most) {
    const std::vector<Tick> ticks = scale.ticks(most);
    std::vector<double> ends;
    bool fits = true;
    double end = -1e9;
    for (const Tick& tick : ticks) {
      if (tick.label.empty()) continue;
      const double half = text_width(tick.label) / 2, at = scale.at(tick.value);
      fits = fits && at - half >= end;
      end = at + half + 10;
    }
    if (fits && longest(ticks) < width) return ticks;
  }
  return {};
}

}  // namespace

void Range::include(double value) {
  if (!std::isfinite(value)) return;
  low = known ? std::min(low, value) : value;
  high = known ? std::max(high, value) : value;
  known = true;
}

std::vector<LegendEntry> legend_of(const Plot& plot) {
  std::vector<LegendEntry> entries;
  for (const Series& series : plot.series) {
    const bool told = std::any_of(entries.begin(), entries.end(), [&](const LegendEntry& entry) {
      return entry.text == series.legend;
    });
    if (!series.legend.empty() && !told) entries.push_back({series.legend, &series});
  }
  return entries;
}

std::vector<std::vector<LegendEntry>> legend_rows(const Plot& plot, double width) {
  std::vector<std::vector<LegendEntry>> rows;
  double at = width;
  for (const LegendEntry& entry : legend_of(plot)) {
    const double needed = kSwatch + text_width(entry.text) + kBetween;
    if (at + needed > width + kBetween) {
      rows.emplace_back();
      at = 0;
    }
    rows.back().push_back(entry);
    at += needed;
  }
  return rows;
}

std::vector<std::string> wrapped(const std::string& text, double width) {
  std::vector<std::string> lines(1);
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    const std::string word = text.substr(begin, end - begin);
    const std::string longer = lines.back().empty() ? word : lines.back() + " " + word;
    if (text_width(longer) <= width || lines.back().empty()) {
      lines.back() = longer;
    } else {
      lines.push_back(word);
    }
    begin = end + 1;
  }
  return lines;
}

Range range_of(const Plot& plot, bool along_x) {
  const Axis& axis = along_x ? plot.x : plot.y;
  Range range;
  for (const Series& series : plot.series) {
    const bool spans = (series.shape == Shape::bars) == along_x;
    for (const Point& point : series.points) {
      for (const auto& value :
           {std::optional(along_x ? point.x : point.y), spans ? point.low : std::nullopt,
            spans ? point.high : std::nullopt}) {
        if (value && (axis.scale != Scale::log || *value > 0)) range.include(*value);
      }
    }
  }
  // Marks stand clear of the ends of a logarithmic axis.
  const bool has_marks = std::any_of(plot.series.begin(), plot.series.end(), [](const Series& one) {
    return one.shape == Shape::line_points;
  });
  if (along_x && axis.scale == Scale::log && has_marks && range.known) {
    range.include(range.low / 1.15);
    range.include(range.high * 1.15);
  }
  // An axis begins at 0, unless what is told lies far from it.
  const bool near_zero = range.low > 0 && range.low <= 0.8 * range.high;
  if (axis.scale == Scale::linear && near_zero) range.include(0);
  return range;
}

void draw_legend(Svg& svg, const std::vector<std::vector<LegendEntry>>& rows, double top) {
  double y = top + kRow / 2;
  for (const auto& row : rows) {
    double x = 4;
    for (const LegendEntry& entry : row) {
      const Series& series = *entry.series;
      const std::string look = number_of(series.look);
      if (is_filled(series.shape)) {
        svg.box({x + 4, y - 6}, 14, 12, "part f" + look + (series.look < kLooks ? "" : " pale"));
      } else {
        if (series.shape != Shape::points) {
          svg.line({x, y}, {x + kSwatch - 4, y},
                   "line l" + look + " d" + number_of(series.dash.value_or(series.look)) +
                       (series.faint ? " faint" : ""));
        }
        if (series.shape != Shape::line) svg.marker({x + kSwatch / 2 - 2, y}, series.look);
      }
      svg.text({x + kSwatch, y + 4}, "start", "", entry.text);
      x += kSwatch + text_width(entry.text) + kBetween;
    }
    y += kRow;
  }
}

void draw_axes(Svg& svg, const Plot& plot, const Area& area, const PlotScale& x,
               const PlotScale& y) {
  const bool names_only = plot.y.scale == Scale::names;
  const auto most_names = static_cast<std::size_t>((area.bottom - area.top) / kNameRow);
  for (const Tick& tick : y.ticks(names_only ? most_names : 6)) {
    const double at = y.at(tick.value);
    if (!names_only) svg.line({area.left, at}, {area.right, at}, "grid");
    if (!tick.label.empty()) svg.text({area.left - 7, at + 4}, "end", "", tick.label);
  }
  const double room = (area.right - area.left) / 2;
  for (const Tick& tick : fitting(x, room)) {
    const double at = x.at(tick.value);
    if (plot.x.scale != Scale::names) svg.line({at, area.top}, {at, area.bottom}, "grid");
    if (!tick.label.empty()) svg.text({at, area.bottom + 17}, "middle", "", tick.label);
  }
  svg.line({area.left, area.bottom}, {area.right, area.bottom}, "axis");
  svg.line({area.left, area.top}, {area.left, area.bottom}, "axis");
  svg.text({(area.left + area.right) / 2, area.bottom + 35}, "middle", "small", plot.x.label);
  svg.text({4, area.top - 13}, "start", "small", plot.y.label);
}

void draw_marks(Svg& svg, const Plot& plot, const Area& area, const PlotScale& x) {
  double free_from = area.left;
  for (const Mark& mark : plot.marks) {
    const double at = x.at(mark.x), width = text_width(mark.text);
    svg.line({at, area.top}, {at, area.bottom}, "event");
    const bool to_the_left = at + width + 8 > area.right;
    const double begin = to_the_left ? at - width - 4 : at + 4;
    if (begin < free_from) continue;
    svg.text({begin, area.top + 13}, "start", "small", mark.text);
    free_from = begin + width + 4;
  }
}

}  // namespace trunkline::lab
