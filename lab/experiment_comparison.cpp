#include "lab/experiment_comparison.h"

#include <algorithm>
#include <boost/json.hpp>
#include <optional>
#include <stdexcept>

#include "lab/format.h"

namespace trunkline::lab {
namespace json = boost::json;

namespace {

constexpr double kAlarm = 1 - kConfidence;

// One figure of one cell, by the name under which it is compared: "3 shown".
std::string name_of(std::size_t cell, const std::string& series) {
  return std::to_string(cell) + " " + series;
}

// Figures that every launch of both arms has, in all cells.
struct Comparable {
  std::vector<Launch> a, b;
  std::vector<std::string> left_out;
};

std::size_t launches_of(const RecordedExperiment& experiment, const std::string& arm) {
  return static_cast<std::size_t>(
      std::count_if(experiment.launches.begin(), experiment.launches.end(),
                    [&](const auto& one) { return one.arm == arm && !one.cells.empty(); }));
}

void put(std::vector<Launch>& launches, const Figure& figure, const std::vector<double>& values) {
  launches.resize(std::max(launches.size(), values.size()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    launches[i].figures.push_back({figure.series, figure.quantile, values[i]});
  }
}

struct Side {
  ReadExperiment read;
  std::string arm;  // its name

  Estimate estimate(std::size_t cell, const char* series, const char* percentile) const {
    return estimate_of(read.data, arm, cell, series, percentile);
  }
  bool in_each_launch(const Estimate& estimate) const {
    return estimate.launches == launches_of(read.experiment, arm);
  }
};

// The same load on both sides, by the numbers that it has there.
struct MatchedCell {
  std::size_t a = 0, b = 0;
  std::string label;
};

void compare_cell(const Side& a, const Side& b, const MatchedCell& cell, Comparable& found) {
  for (const char* series : {"shown", "stored"}) {
    for (const Percentile& percentile : kPercentiles) {
      const Estimate of_a = a.estimate(cell.a, series, percentile.name);
      const Estimate of_b = b.estimate(cell.b, series, percentile.name);
      if (of_a.n + of_b.n == 0) continue;
      const std::string what = cell.label + ", " + series + " " + percentile.name;
      if (!of_a.middle() || !of_b.middle()) {
        found.left_out.push_back(what + ": " + value_text(of_a.middle() ? of_b : of_a));
      } else if (!a.in_each_launch(of_a) || !b.in_each_launch(of_b)) {
        found.left_out.push_back(what + ": void or unfinished in a launch");
      } else {
        const Figure figure{name_of(cell.a, series), percentile.name, 0};
        put(found.a, figure, of_a.values);
        put(found.b, figure, of_b.values);
      }
    }
  }
}

// A value of each launch; none where a launch has too few messages, or no end of the tail.
std::vector<double> curve_values(const Side& side, std::size_t cell, std::size_t place) {
  const double quantile = kCurve[place].quantile;
  std::vector<double> values;
  for (const SeriesRun& one : side.read.data.series) {
    const bool wanted = one.run->cell == cell && one.run->arm == side.arm &&
                        one.series == "shown" && one.run->counts();
    if (!wanted) continue;
    const bool grows = quantile >= 0.99 && one.run->saturated();
    if (grows || !enough_for(one.n, std::max(quantile, 1 - quantile))) return {};
    values.push_back(one.curve_us[place]);
  }
  return values;
}

ArmComparison::Curve curve_of(const Side& a, const Side& b, const MatchedCell& cell) {
  ArmComparison::Curve curve{cell.a, {}};
  for (std::size_t i = 0; i < std::size(kCurve); ++i) {
    const auto of_a = curve_values(a, cell.a, i), of_b = curve_values(b, cell.b, i);
    if (of_a.empty() || of_b.empty()) continue;
    const Comparison found = compare(of_a, of_b);
    curve.shifts.push_back({kCurve[i].name, median(of_a), found.shift, found.shift_interval});
  }
  return curve;
}

ArmComparison compare_sides(const Side& a, const Side& b, const std::vector<MatchedCell>& cells) {
  Comparable both;
  for (const MatchedCell& cell : cells) compare_cell(a, b, cell, both);
  ArmComparison result{a.arm, b.arm, {}, {}, std::move(both.left_out), 0, 0};
  for (const MatchedCell& cell : cells) {
    if (auto curve = curve_of(a, b, cell); !curve.shifts.empty()) {
      result.curves.push_back(std::move(curve));
    }
  }
  if (both.a.empty() || both.b.empty()) return result;
  for (ComparedFigure& figure : compare_launches(both.a, both.b)) {
    const std::size_t cell = std::stoul(figure.series);
    figure.series = figure.series.substr(figure.series.find(' ') + 1);
    result.rows.push_back({cell, a.read.experiment.label_of_cell(cell), std::move(figure)});
  }
  result.launches_needed = launches_for_rows(result.rows.size());
  result.launches = std::min(both.a.size(), both.b.size());
  return result;
}

// What was planned, as the manifest has it.
json::value load_of_cell(const RecordedExperiment& experiment, std::size_t number) {
  for (const json::value& cell : experiment.manifest.at("cells").as_array()) {
    if (cell.at("cell").to_number<std::size_t>() != number) continue;
    const json::value* load = cell.as_object().if_contains("load");
    return load == nullptr ? json::value() : *load;
  }
  return {};
}

const PlannedCell* cell_labelled(const RecordedExperiment& experiment, const std::string& label) {
  const auto found = std::find_if(experiment.cells.begin(), experiment.cells.end(),
                                  [&](const PlannedCell& cell) { return cell.label == label; });
  return found == experiment.cells.end() ? nullptr : &*found;
}

std::vector<MatchedCell> matching_cells(const RecordedExperiment& a, const RecordedExperiment& b,
                                        std::vector<std::string>& left_out) {
  std::vector<MatchedCell> matched;
  for (const PlannedCell& cell : a.cells) {
    const PlannedCell* other = cell_labelled(b, cell.label);
    if (other == nullptr) {
      left_out.push_back(cell.label + ": only in A");
    } else if (load_of_cell(a, cell.number) != load_of_cell(b, other->number)) {
      left_out.push_back(cell.label +
                         ": not the same load: " + json::serialize(load_of_cell(a, cell.number)) +
                         " and " + json::serialize(load_of_cell(b, other->number)));
    } else {
      matched.push_back({cell.number, other->number, cell.label});
    }
  }
  for (const PlannedCell& cell : b.cells) {
    if (cell_labelled(a, cell.label) == nullptr) left_out.push_back(cell.label + ": only in B");
  }
  return matched;
}

const RecordedArm* arm_like(const RecordedArm& arm, const RecordedExperiment& a,
                            const RecordedExperiment& b) {
  if (a.arms.size() == 1 && b.arms.size() == 1) return &a.arms.front();
  const auto found = std::find_if(a.arms.begin(), a.arms.end(),
                                  [&](const RecordedArm& one) { return one.label == arm.label; });
  return found == a.arms.end() ? nullptr : &*found;
}

json::object json_of(const ArmComparison& comparison, const ArmComparison::Row& row) {
  const Comparison& found = row.figure.comparison;
  const auto& interval = found.shift_interval;
  return {{"cell", row.cell},
          {"label", row.cell_label},
          {"series", row.figure.series},
          {"quantile", row.figure.quantile},
          {"direction", json::string(direction_of(row.figure.series))},
          {"a_us", json::value_from(row.figure.a)},
          {"b_us", json::value_from(row.figure.b)},
          {"a_median_us", median(row.figure.a)},
          {"b_median_us", median(row.figure.b)},
          {"shift_us", found.shift},
          {"shift_low_us", interval ? json::value(interval->low) : json::value()},
          {"shift_high_us", interval ? json::value(interval->high) : json::value()},
          {"delta", found.delta},
          {"p", found.p},
          {"p_corrected", row.figure.p_corrected},
          {"meaning", comparison.meaning(row, comparison.b)}};
}

json::object json_of(const ArmComparison::Curve& curve) {
  json::array shifts;
  for (const ArmComparison::ShiftAt& one : curve.shifts) {
    const auto& interval = one.interval;
    shifts.push_back({{"quantile", one.quantile},
                      {"a_median_us", one.a_us},
                      {"shift_us", one.shift_us},
                      {"shift_low_us", interval ? json::value(interval->low) : json::value()},
                      {"shift_high_us", interval ? json::value(interval->high) : json::value()}});
  }
  return {{"cell", curve.cell}, {"series", "shown"}, {"shifts", std::move(shifts)}};
}

}  // namespace

std::string ArmComparison::meaning(const Row& row, const std::string& b_label) const {
  if (conclusive()) return meaning_of(row.figure, b_label);
  return "inconclusive: give at least " + std::to_string(launches_needed) + " launches of each";
}

std::vector<ComparedFigure> ArmComparison::figures() const {
  std::vector<ComparedFigure> all;
  for (const Row& row : rows) {
    all.push_back(row.figure);
    all.back().series = "c" + std::to_string(row.cell) + " " + row.figure.series;
  }
  return all;
}

std::vector<ArmComparison> compare_arms(const RecordedExperiment& experiment,
                                        const ExperimentData& data) {
  std::vector<MatchedCell> cells;
  for (const PlannedCell& cell : experiment.cells) {
    cells.push_back({cell.number, cell.number, cell.label});
  }
  const ReadExperiment read{experiment, data};
  std::vector<ArmComparison> comparisons;
  for (std::size_t i = 1; i < experiment.arms.size(); ++i) {
    comparisons.push_back(
        compare_sides({read, experiment.arms[0].name}, {read, experiment.arms[i].name}, cells));
  }
  return comparisons;
}

std::vector<ArmComparison> compare_experiments(const ReadExperiment& a, const ReadExperiment& b) {
  std::vector<std::string> left_out;
  const auto cells = matching_cells(a.experiment, b.experiment, left_out);
  std::vector<ArmComparison> comparisons;
  std::string alone;
  for (const RecordedArm& arm : b.experiment.arms) {
    const RecordedArm* like = arm_like(arm, a.experiment, b.experiment);
    if (like == nullptr) {
      alone += (alone.empty() ? "" : ", ") + arm.label;
      continue;
    }
    comparisons.push_back(compare_sides({a, like->name}, {b, arm.name}, cells));
    ArmComparison& one = comparisons.back();
    one.left_out.insert(one.left_out.begin(), left_out.begin(), left_out.end());
  }
  if (comparisons.empty()) {
    throw std::runtime_error("no arm of " + b.experiment.directory + " (" + alone +
                             ") has the label of one of " + a.experiment.directory);
  }
  if (!alone.empty()) comparisons.front().left_out.push_back("arms only in B: " + alone);
  return comparisons;
}

std::string comparison_text(const ArmComparison& comparison) {
  std::string text;
  if (!comparison.rows.empty()) text += comparison_text(comparison.figures());
  if (!comparison.conclusive()) {
    text += "inconclusive: with " + std::to_string(comparison.launches) +
            " launches of each nothing can be found among " +
            std::to_string(comparison.rows.size()) + " rows; give at least " +
            std::to_string(comparison.launches_needed) + "\n";
  }
  for (const std::string& what : comparison.left_out) text += "not compared: " + what + "\n";
  return text;
}

std::string curves_text(const ArmComparison& comparison) {
  std::string text;
  for (const ArmComparison::Curve& curve : comparison.curves) {
    text += format("c%zu shown: %7s %10s  %s\n", curve.cell, "", "A, us", "shift [95 %], us");
    for (const ArmComparison::ShiftAt& one : curve.shifts) {
      text += format("%18s %10.1f  %+.1f", one.quantile, one.a_us, one.shift_us);
      text += one.interval ? format(" [%+.1f, %+.1f]\n", one.interval->low, one.interval->high)
                           : std::string(" [too few]\n");
    }
  }
  return text;
}

std::string compare_json(const std::vector<ArmComparison>& comparisons) {
  json::array all;
  for (const ArmComparison& one : comparisons) {
    json::array rows, curves;
    for (const ArmComparison::Row& row : one.rows) rows.push_back(json_of(one, row));
    for (const ArmComparison::Curve& curve : one.curves) curves.push_back(json_of(curve));
    all.push_back({{"a", one.a},
                   {"b", one.b},
                   {"launches", one.launches},
                   {"launches_needed", one.launches_needed},
                   {"rows", std::move(rows)},
                   {"curves", std::move(curves)},
                   {"left_out", json::value_from(one.left_out)}});
  }
  return json::serialize(all) + "\n";
}

}  // namespace trunkline::lab
