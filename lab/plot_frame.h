// What surrounds the data of a plot: title, legend, axes, grid, marks. For plot_svg.cpp.
#pragma once

#include <string>
#include <vector>

#include "lab/plot.h"
#include "lab/plot_scale.h"
#include "lab/svg.h"

namespace trunkline::lab {

// From the least to the most of something.
struct Range {
  double low = 0, high = 0;
  bool known = false;
  void include(double value);
};

struct Area {
  double left = 0, right = 0, top = 0, bottom = 0;
};

struct LegendEntry {
  std::string text;
  const Series* series = nullptr;
};
std::vector<LegendEntry> legend_of(const Plot& plot);
// Rows of entries that fit.
std::vector<std::vector<LegendEntry>> legend_rows(const Plot& plot, double width);

// Words in lines that are at most so wide.
std::vector<std::string> wrapped(const std::string& text, double width);

Range range_of(const Plot& plot, bool along_x);

void draw_legend(Svg& svg, const std::vector<std::vector<LegendEntry>>& rows, double top);
void draw_axes(Svg& svg, const Plot& plot, const Area& area, const PlotScale& x,
               const PlotScale& y);
void draw_marks(Svg& svg, const Plot& plot, const Area& area, const PlotScale& x);

}  // namespace trunkline::lab
