// Figures of where: between which places, in which hop, when, and against what was swept.
#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "lab/figures.h"
#include "lab/format.h"

namespace trunkline::lab {
namespace {

std::string cell_words(const RecordedExperiment& experiment, const ExperimentData& data) {
  return experiment.label_of_cell(data.headline);
}

// What the axis of an experiment is called, and where a cell of an arm stands on it.
struct Sweep {
  Axis axis;
  bool of_arms = false;  // each arm is a place; else each cell
  bool ordered = true;
};
Sweep sweep_of(const RecordedExperiment& experiment) {
  if (experiment.axis == "rate") {
    return {{"offered load (messages/s)", "rate_per_s", Scale::log}, false, true};
  }
  if (experiment.axis == "size") return {{"body (bytes)", "size_bytes", Scale::log}, false, true};
  Sweep sweep{
      {experiment.axis == "arm" ? "configuration" : experiment.axis, experiment.axis, Scale::names},
      true,
      experiment.axis == "ranks"};
  for (const RecordedArm& arm : experiment.arms) sweep.axis.names.push_back(arm.label);
  return sweep;
}

const RecordedCell* any_run(const RecordedExperiment& experiment, const std::string& arm,
                            std::size_t cell) {
  for (const RecordedCell* run : all_cells(experiment)) {
    if (run->arm == arm && run->cell == cell) return run;
  }
  return nullptr;
}

std::optional<double> place_on(const RecordedExperiment& experiment, const Sweep& sweep,
                               std::size_t arm, std::size_t cell) {
  if (sweep.of_arms) return static_cast<double>(arm);
  const RecordedCell* run = any_run(experiment, experiment.arms[arm].name, cell);
  if (run == nullptr) return std::nullopt;
  return experiment.axis == "size" ? run->size_bytes : run->rate_per_s;
}

std::optional<Point> point_of(const ExperimentData& data, const std::string& arm, std::size_t cell,
                              const char* percentile, double x, const std::string& name) {
  const Estimate found = estimate_of(data, arm, cell, "shown", percentile);
  if (!found.middle()) return std::nullopt;
  Point point{x, *found.middle(), {}, {}, {}, name + ": " + value_text(found) + " µs"};
  if (const auto interval = found.interval()) {
    point.low = interval->low;
    point.high = interval->high;
  }
  return point;
}

std::string label_of_launch(const RecordedExperiment& experiment, std::size_t number) {
  for (const RecordedLaunch& launch : experiment.launches) {
    if (launch.number == number) return experiment.label_of_arm(launch.arm);
  }
  return {};
}

void sort_along(std::vector<Point>& points) {
  std::sort(points.begin(), points.end(), [](const Point& a, const Point& b) { return a.x < b.x; });
}

// "3-1": from place 3 to place 1.
std::optional<std::pair<std::size_t, std::size_t>> places_in(const std::string& series) {
  std::size_t from = 0, to = 0;
  const char* begin = series.data() + series.find(':') + 1;
  const char* end = series.data() + series.size();
  const auto first = std::from_chars(begin, end, from);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != '-') return std::nullopt;
  const auto second = std::from_chars(first.ptr + 1, end, to);
  if (second.ec != std::errc() || second.ptr != end) return std::nullopt;
  return std::pair(from, to);
}

// Where launches agree about the name of a place; else its number.
std::vector<std::string> names_of_places(const RecordedExperiment& experiment,
                                         const RecordedArm& arm, std::size_t places) {
  std::vector<std::set<std::string>> told(places);
  for (const RecordedLaunch& launch : experiment.launches) {
    if (launch.arm != arm.name) continue;
    for (std::size_t i = 0; i < std::min(places, launch.places.size()); ++i) {
      told[i].insert(launch.places[i]);
    }
  }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < places; ++i) {
    names.push_back(told[i].size() == 1 ? *told[i].begin() : "place " + std::to_string(i));
  }
  return names;
}

Plot pair_plot(const std::string& name, const std::string& title, const std::string& label,
               const std::string& column, const std::vector<std::string>& places) {
  return {name,
          title,
          "Rows send, columns receive. Medians over launches.",
          {"receives", "to", Scale::names, places},
          {"sends", "from", Scale::names, places},
          {{column, "", Shape::tiles, 0, {}, false, {}}},
          {},
          label,
          column};
}

}  // namespace

Plot axis_figure(const RecordedExperiment& experiment, const ExperimentData& data) {
  const Sweep sweep = sweep_of(experiment);
  Plot plot{"latency_by_" + experiment.axis,
            "Latency against " + (sweep.of_arms
                                      ? "configuration"
                                      : sweep.axis.label.substr(0, sweep.axis.label.find(" ("))),
            "One-way, shown at the receiver: medians over launches, with their intervals.",
            sweep.axis,
            {"latency from the due time (µs)", "latency_us", Scale::log}};
  std::map<double, bool> full;
  const bool many = experiment.arms.size() > 1 && !sweep.of_arms;
  // Where arms are places, each cell is a line of its own.
  const std::size_t groups = sweep.of_arms ? experiment.cells.size() : experiment.arms.size();
  const std::vector<const char*> percentiles =
      groups == 1 ? std::vector{"p50", "p99", "p99.9"} : std::vector{"p50", "p99"};
  for (std::size_t group = 0; group < groups; ++group) {
    for (std::size_t which = 0; which < percentiles.size(); ++which) {
      const std::string of_group = groups == 1     ? ""
                                   : sweep.of_arms ? experiment.cells[group].label + ", "
                                                   : experiment.arms[group].label + ", ";
      const std::string name = of_group + percentiles[which];
      Series series{name,
                    name,
                    sweep.ordered ? Shape::line_points : Shape::points,
                    groups == 1 ? which : group,
                    which,
                    false,
                    {}};
      const std::size_t steps = sweep.of_arms ? experiment.arms.size() : experiment.cells.size();
      for (std::size_t step = 0; step < steps; ++step) {
        const std::size_t arm = sweep.of_arms ? step : group;
        const std::size_t cell = experiment.cells[sweep.of_arms ? group : step].number;
        const auto x = place_on(experiment, sweep, arm, cell);
        if (!x) continue;
        if (saturated(experiment, experiment.arms[arm].name, cell)) full[*x] = true;
        if (const auto point =
                point_of(data, experiment.arms[arm].name, cell, percentiles[which], *x, name)) {
          series.points.push_back(*point);
        }
      }
      sort_along(series.points);
      if (!series.points.empty()) plot.series.push_back(std::move(series));
    }
  }
  for (const auto& [x, _] : full) plot.marks.push_back({x, "saturated"});
  if (!full.empty()) plot.caption += " Where it is saturated, p99 is unbounded and not drawn.";
  if (many) plot.caption += " Colours are arms, dashes percentiles.";
  return plot;
}

Plot seconds_figure(const RecordedExperiment& experiment, const ExperimentData& data) {
  constexpr std::size_t kMost = 1'500;
  Plot plot{"seconds",
            "Second by second, one launch after another: " + cell_words(experiment, data),
            "One-way, shown. Hiccup: how much later than asked a thread that sleeps 1 ms woke, at "
            "worst; where it is high, the machine was busy with something else. What came after "
            "the measured time stands in series.csv alone.",
            {"seconds of measuring", "second"},
            {"time (µs)", "time_us", Scale::log}};
  constexpr struct {
    const char *name, *legend;
    Shape shape;
    std::size_t look;
    double SecondRow::*value;
  } kLines[] = {{"p50", "p50", Shape::line, 0, &SecondRow::p50_us},
                {"p99", "p99", Shape::line, 1, &SecondRow::p99_us},
                {"max", "max", Shape::line, 6, &SecondRow::max_us},
                {"hiccup", "hiccup of the host", Shape::points, 3, &SecondRow::hiccup_us}};
  std::size_t launch = 0, told = 0;
  for (const SecondRow& row : data.seconds) {
    const auto x = static_cast<double>(told);
    if (row.launch != launch) {
      if (told >= kMost) {
        plot.caption +=
            " Launches from " + std::to_string(row.launch) + " on are in their series.csv alone.";
        break;
      }
      launch = row.launch;
      const std::string number = "launch " + std::to_string(launch);
      const std::string of_arm =
          experiment.arms.size() == 1 ? "" : ", " + label_of_launch(experiment, launch);
      plot.marks.push_back({x, number + of_arm});
      // A line for each, so that none leads from one launch to the next.
      for (const auto& line : kLines) {
        plot.series.push_back({std::string(line.name) + ", " + number,
                               line.legend,
                               line.shape,
                               line.look,
                               {},
                               false,
                               {}});
      }
    }
    const std::size_t first = plot.series.size() - std::size(kLines);
    for (std::size_t i = 0; i < std::size(kLines); ++i) {
      const double value = row.*kLines[i].value;
      if (value > 0) plot.series[first + i].points.push_back({x, value});
    }
    ++told;
  }
  return plot;
}

Plot clock_figure(const ExperimentData& data) {
  Plot plot{
      "clock",
      "Bounds of the clocks of other hosts",
      "How far the true difference of the clocks may lie from what one-way times were corrected "
      "by, either way. A hop that is shorter is told as \"≤ bound\".",
      {"seconds since the launch began", "at_s"},
      {"bound (µs)", "bound_us"}};
  std::map<std::pair<std::string, std::size_t>, Series> all;
  std::map<std::string, std::size_t> looks;
  for (const ClockRow& row : data.clock) {
    const std::size_t look = looks.insert({row.host, looks.size()}).first->second;
    Series& series = all[{row.host, row.launch}];
    series.name = row.host + ", launch " + std::to_string(row.launch);
    series.legend = row.host;
    series.look = look;
    series.points.push_back({row.at_s, (row.high_ns - row.low_ns) / 2000});
  }
  for (auto& [_, series] : all) plot.series.push_back(std::move(series));
  return plot;
}

std::vector<Plot> pair_figures(const RecordedExperiment& experiment, const ExperimentData& data,
                               const RecordedArm& arm) {
  std::map<std::pair<std::size_t, std::size_t>, std::string> pairs;
  std::size_t places = 0;
  for (const std::string& series : series_of_cell(data, data.headline, "pair:")) {
    const auto found = places_in(series);
    if (!found || estimate_of(data, arm.name, data.headline, series, "p50").n == 0) continue;
    pairs[*found] = series;
    places = std::max({places, found->first + 1, found->second + 1});
  }
  if (pairs.size() < 2) return {};
  const std::vector<std::string> names = names_of_places(experiment, arm, places);
  const std::string suffix = experiment.arms.size() == 1 ? "" : "_" + arm.name;
  const std::string words =
      cell_words(experiment, data) + (experiment.arms.size() == 1 ? "" : ", " + arm.label);
  std::vector<Plot> plots{
      pair_plot("pairs_p50" + suffix, "p50 from place to place: " + words, "p50, one-way (µs)",
                "p50_us", names),
      pair_plot("pairs_p99" + suffix, "p99 from place to place: " + words, "p99, one-way (µs)",
                "p99_us", names),
      pair_plot("pairs_asymmetry" + suffix, "p50 there less p50 back, one-way: " + words,
                "there − back (µs)", "p50_difference_us", names),
      pair_plot("pairs_count" + suffix, "Messages from place to place: " + words, "messages", "n",
                names)};
  for (const auto& [ends, series] : pairs) {
    const auto x = static_cast<double>(ends.second), y = static_cast<double>(ends.first);
    const std::string road = names[ends.first] + " -> " + names[ends.second];
    const Estimate p50 = estimate_of(data, arm.name, data.headline, series, "p50");
    const Estimate p99 = estimate_of(data, arm.name, data.headline, series, "p99");
    plots[0].series[0].points.push_back(
        {x, y, {}, {}, p50.middle(), road + ": " + value_text(p50)});
    plots[1].series[0].points.push_back(
        {x, y, {}, {}, p99.middle(), road + ": " + value_text(p99)});
    if (const auto back = pairs.find({ends.second, ends.first}); back != pairs.end()) {
      // Both by one clock, that of the clients.
      const Estimate other = estimate_of(data, arm.name, data.headline, back->second, "p50");
      if (ends.first != ends.second && p50.middle() && other.middle()) {
        const double difference = *p50.middle() - *other.middle();
        plots[2].series[0].points.push_back(
            {x, y, {}, {}, difference, road + ": " + number_text(difference) + " µs"});
      }
    }
    const auto count = static_cast<double>(p50.n);
    plots[3].series[0].points.push_back({x, y, {}, {}, count, road + ": " + count_text(count)});
  }
  return plots;
}

Plot bands_figure(const std::string& suffix, const std::string& title,
                  const std::vector<Band>& bands) {
  Plot plot{
      "hops_by_band" + suffix,
      title,
      "Mean parts of the messages around each percentile of the end-to-end time, one-way, and "
      "of the slowest one; of traced messages of all launches. They add up, as percentiles of "
      "hops do not.",
      {"part of the end-to-end time (%)", "percent"},
      {"", "band", Scale::names}};
  if (bands.empty()) return plot;
  for (std::size_t leg = 0; leg < bands.front().legs.size(); ++leg) {
    const std::string& name = bands.front().legs[leg].name;
    plot.series.push_back({name, name, Shape::bars, leg, {}, false, {}});
  }
  std::uint64_t messages = 0;
  for (const Band& band : bands) {
    const auto y = static_cast<double>(plot.y.names.size());
    plot.y.names.push_back(band.name + ": " + number_text(band.mean_us) + " µs");
    messages += band.messages;
    double from = 0;
    for (std::size_t leg = 0; leg < band.legs.size(); ++leg) {
      const double part = 100 * band.legs[leg].mean_us / band.mean_us;
      plot.series[leg].points.push_back(
          {part, y, from, from + part, {}, number_text(band.legs[leg].mean_us) + " µs"});
      from += part;
    }
  }
  plot.caption += " " + count_text(static_cast<double>(messages)) + " messages lie in the bands.";
  return plot;
}

}  // namespace trunkline::lab
