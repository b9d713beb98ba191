#include "lab/plot.h"

#include <algorithm>

#include "lab/colours.h"
#include "lab/csv.h"
#include "lab/format.h"

namespace trunkline::lab {
namespace {

bool has_shape(const Plot& plot, Shape shape) {
  return std::any_of(plot.series.begin(), plot.series.end(),
                     [shape](const Series& series) { return series.shape == shape; });
}
bool has_intervals(const Series& series) {
  return std::any_of(series.points.begin(), series.points.end(),
                     [](const Point& point) { return point.low.has_value(); });
}
bool has_intervals(const Plot& plot) {
  return std::any_of(plot.series.begin(), plot.series.end(),
                     [](const Series& series) { return has_intervals(series); });
}

std::string number_or_nothing(const std::optional<double>& value) {
  return value ? csv_number(*value) : "";
}

std::string name_at(const Axis& axis, double place) {
  const auto number = static_cast<std::size_t>(std::max(0.0, place + 0.5));
  return number < axis.names.size() ? axis.names[number] : "";
}

// A text in single quotes, which gnuplot takes as it is.
std::string in_quotes(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("''") : std::string(1, c);
  return quoted + "'";
}

void add_axis(std::string& script, const char* axis, const Axis& told) {
  script += format("set %slabel ", axis) + in_quotes(told.label) + "\n";
  if (told.scale == Scale::log) script += format("set logscale %s\n", axis);
  if (told.scale == Scale::nines) {
    script += format(
        "set %stics ('0' 0, '50 %%%%' 0.30103, '90 %%%%' 1, '99 %%%%' 2, '99.9 %%%%' 3, "
        "'99.99 %%%%' 4, '99.999 %%%%' 5)\n",
        axis);
  }
  if (told.scale != Scale::names) return;
  std::string tics;
  for (std::size_t i = 0; i < told.names.size(); ++i) {
    tics += (i == 0 ? "" : ", ") + in_quotes(told.names[i]) + " " + std::to_string(i);
  }
  script += format("set %stics (", axis) + tics + ")\n";
  script += format("set %srange [-0.6:%zu.6]\n", axis, told.names.size() - 1);
}

std::string place_of(const Axis& axis, int column) {
  return axis.scale == Scale::nines ? format("(-log10(1 - $%d))", column) : format("%d", column);
}

std::string palette() {
  std::string steps;
  int step = 0;
  for (const char* colour : kRamp) {
    steps += (steps.empty() ? "" : ", ") + std::to_string(step++) + " " + in_quotes(colour);
  }
  return "set palette defined (" + steps + ")";
}

std::string drawn(const Plot& plot, const Series& series) {
  const std::string x = place_of(plot.x, 1), y = place_of(plot.y, 2);
  const std::string colour = format(" linecolor rgb '%s'", colour_of(series.look));
  const std::string dash =
      format(" dashtype %zu linewidth %s", series.dash.value_or(series.look) % kLooks + 1,
             series.faint ? "0.5" : "2");
  switch (series.shape) {
    case Shape::line:
      return x + ":" + y + " with lines" + colour + dash;
    case Shape::points:
      return has_intervals(series) ? x + ":" + y + ":3:4 with yerrorbars pointtype 7" + colour
                                   : x + ":" + y + " with points pointtype 7" + colour;
    case Shape::line_points:
      return has_intervals(series)
                 ? x + ":" + y + ":3:4 with yerrorlines pointtype 7" + colour + dash
                 : x + ":" + y + " with linespoints pointtype 7" + colour + dash;
    case Shape::outline:
      return x + ":" + y + " with filledcurves closed" + colour;
    case Shape::bars:
      return x + ":" + y + ":3:4:($2 - 0.35):($2 + 0.35) with boxxyerror fillstyle solid " +
             (series.look < kLooks ? "0.8" : "0.35") + colour;
    case Shape::tiles:
      return x + ":" + y +
             ":($1 - 0.5):($1 + 0.5):($2 - 0.5):($2 + 0.5):3 with boxxyerror fillstyle solid "
             "linecolor palette";
  }
  return {};
}

}  // namespace

// Numbers first: x, y, and what there is of low and high or value; then names.
std::string csv_of(const Plot& plot) {
  const bool intervals = has_intervals(plot), tiles = has_shape(plot, Shape::tiles);
  std::vector<std::string> head{plot.x.column, plot.y.column};
  if (intervals) head.insert(head.end(), {"low", "high"});
  if (tiles) head.push_back(plot.value_column);
  head.push_back("series");
  for (const Axis* axis : {&plot.x, &plot.y}) {
    if (axis->scale == Scale::names) head.push_back(axis->column + "_name");
  }
  std::string text = csv_row(head);
  for (const Series& series : plot.series) {
    for (const Point& point : series.points) {
      std::vector<std::string> row{csv_number(point.x), csv_number(point.y)};
      if (intervals) {
        row.push_back(number_or_nothing(point.low));
        row.push_back(number_or_nothing(point.high));
      }
      if (tiles) row.push_back(number_or_nothing(point.value));
      row.push_back(series.name);
      if (plot.x.scale == Scale::names) row.push_back(name_at(plot.x, point.x));
      if (plot.y.scale == Scale::names) row.push_back(name_at(plot.y, point.y));
      text += csv_row(row);
    }
  }
  return text;
}

std::string gnuplot_of(const Plot& plot) {
  std::string script = "# gnuplot " + plot.name + ".gp: draws " + plot.name + ".csv into " +
                       plot.name + ".gnuplot.svg\n";
  script += "set terminal svg size 900,540 dynamic font 'sans,14' background rgb 'white'\n";
  script += "set output " + in_quotes(plot.name + ".gnuplot.svg") + "\n";
  script += "set encoding utf8\nset datafile separator comma\nset datafile missing ''\n";
  script += "set title " + in_quotes(plot.title) + " noenhanced\n";
  script += "set key outside bottom center horizontal noenhanced\nset grid\n";
  add_axis(script, "x", plot.x);
  add_axis(script, "y", plot.y);
  if (has_shape(plot, Shape::bars)) script += "set yrange [*:*] reverse\n";
  if (has_shape(plot, Shape::tiles)) {
    script += "set yrange [*:*] reverse\nset cblabel " + in_quotes(plot.value_label) + "\n" +
              palette() + "\n";
  }
  for (const Mark& mark : plot.marks) {
    script += "set arrow from first " + csv_number(mark.x) + ", graph 0 to first " +
              csv_number(mark.x) + ", graph 1 nohead dashtype 2\n";
    script += "set label " + in_quotes(mark.text) + " at first " + csv_number(mark.x) +
              ", graph 0.97 right rotate by 90 offset 1, 0 noenhanced\n";
  }
  std::string lines;
  std::vector<std::string> told;
  std::size_t row = 0;
  for (const Series& series : plot.series) {
    const std::size_t first = row;
    row += series.points.size();
    if (series.points.empty()) continue;
    const bool again = std::find(told.begin(), told.end(), series.legend) != told.end();
    told.push_back(series.legend);
    const bool titled = !series.legend.empty() && !again;
    lines += (lines.empty() ? "plot " : ", \\\n     ") + in_quotes(plot.name + ".csv") +
             format(" skip 1 every ::%zu::%zu using ", first, row - 1) + drawn(plot, series) +
             (titled ? " title " + in_quotes(series.legend) : std::string(" notitle"));
  }
  return script + lines + "\n";
}

}  // namespace trunkline::lab
