// A figure as data, from which its three forms are made: SVG (lab/plot_svg.h), CSV and a gnuplot
// script that draws the CSV. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace trunkline::lab {

enum class Scale {
  linear,
  log,    // values that are not above 0 have no place
  nines,  // of shares: 0.9, 0.99 and 0.999 are as far from each other
  names   // 0, 1, 2 … are the names of the axis
};
struct Axis {
  std::string label;   // with its unit: "latency (µs)"
  std::string column;  // in the CSV: "latency_us"
  Scale scale = Scale::linear;
  std::vector<std::string> names{};
};

enum class Shape {
  line,         // low to high: a ribbon
  points,       // low to high: a whisker
  line_points,  // both, for an axis along which values are ordered
  outline,      // points go round what is filled
  bars,         // lie along x from low to high, at y
  tiles         // at x and y, of a colour by value
};
struct Point {
  double x = 0, y = 0;
  std::optional<double> low{}, high{};
  std::optional<double> value{};  // of a tile; absent: there is none to be told
  std::string note{};             // what the point says when it is asked, or what a bar has on it
};
struct Series {
  std::string name;    // in the CSV; no two of a plot have the same
  std::string legend;  // empty: not in the legend; several may share one
  Shape shape = Shape::line;
  std::size_t look = 0;  // which colour and mark; and which dash, as far as `dash` is not given
  std::optional<std::size_t> dash{};
  bool faint = false;
  std::vector<Point> points{};
};
// A line across the figure, where something happens along x.
struct Mark {
  double x = 0;
  std::string text;
};

struct Plot {
  std::string name;     // of its files
  std::string title;    // what it shows
  std::string caption;  // how to read it
  Axis x, y;
  std::vector<Series> series{};
  std::vector<Mark> marks{};
  std::string value_label{}, value_column{};  // of tiles
};

std::string csv_of(const Plot& plot);
// Reads NAME.csv and writes NAME.gnuplot.svg, both in the directory where it runs.
std::string gnuplot_of(const Plot& plot);

}  // namespace trunkline::lab
