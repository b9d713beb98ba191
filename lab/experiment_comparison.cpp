#include <algorithm>
#include <boost/json.hpp>

#include "lab/experiment_verdict.h"

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

Comparable comparable(const RecordedExperiment& experiment, const ExperimentData& data,
                      const std::string& a, const std::string& b) {
  Comparable found;
  for (const PlannedCell& cell : experiment.cells) {
    for (const char* series : {"shown", "stored"}) {
      for (const Percentile& percentile : kPercentiles) {
        const Estimate of_a = estimate_of(data, a, cell.number, series, percentile.name);
        const Estimate of_b = estimate_of(data, b, cell.number, series, percentile.name);
        if (of_a.n + of_b.n == 0) continue;
        const std::string what = cell.label + ", " + series + " " + percentile.name;
        if (!of_a.middle() || !of_b.middle()) {
          found.left_out.push_back(what + ": " + value_text(of_a.middle() ? of_b : of_a));
        } else if (of_a.launches != launches_of(experiment, a) ||
                   of_b.launches != launches_of(experiment, b)) {
          found.left_out.push_back(what + ": void or unfinished in a launch");
        } else {
          const Figure figure{name_of(cell.number, series), percentile.name, 0};
          put(found.a, figure, of_a.values);
          put(found.b, figure, of_b.values);
        }
      }
    }
  }
  return found;
}

// Without any overlap p is 2 over the ways to choose n of 2 n; Holm's correction takes it times the
// rows.
std::size_t launches_for(std::size_t rows) {
  double p = 2;
  for (std::size_t n = 1;; ++n) {
    const auto count = static_cast<double>(n);
    p *= count / (2 * (2 * count - 1));
    if (p * static_cast<double>(rows) < kAlarm) return n;
  }
}

ArmComparison compare_two(const RecordedExperiment& experiment, const ExperimentData& data,
                          const std::string& a, const std::string& b) {
  Comparable both = comparable(experiment, data, a, b);
  ArmComparison result{a, b, {}, std::move(both.left_out), 0, 0};
  if (both.a.empty() || both.b.empty()) return result;
  for (ComparedFigure& figure : compare_launches(both.a, both.b)) {
    const std::size_t cell = std::stoul(figure.series);
    figure.series = figure.series.substr(figure.series.find(' ') + 1);
    result.rows.push_back({cell, experiment.label_of_cell(cell), std::move(figure)});
  }
  result.launches_needed = launches_for(result.rows.size());
  result.launches = std::min(both.a.size(), both.b.size());
  return result;
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

}  // namespace

std::string ArmComparison::meaning(const Row& row, const std::string& b_label) const {
  if (conclusive()) return meaning_of(row.figure, b_label);
  return "inconclusive: give at least " + std::to_string(launches_needed) + " launches of each";
}

std::vector<ArmComparison> compare_arms(const RecordedExperiment& experiment,
                                        const ExperimentData& data) {
  std::vector<ArmComparison> comparisons;
  for (std::size_t i = 1; i < experiment.arms.size(); ++i) {
    comparisons.push_back(
        compare_two(experiment, data, experiment.arms[0].name, experiment.arms[i].name));
  }
  return comparisons;
}

std::string compare_json(const std::vector<ArmComparison>& comparisons) {
  json::array all;
  for (const ArmComparison& one : comparisons) {
    json::array rows;
    for (const ArmComparison::Row& row : one.rows) rows.push_back(json_of(one, row));
    all.push_back({{"a", one.a},
                   {"b", one.b},
                   {"launches", one.launches},
                   {"launches_needed", one.launches_needed},
                   {"rows", std::move(rows)},
                   {"left_out", json::value_from(one.left_out)}});
  }
  return json::serialize(all) + "\n";
}

}  // namespace trunkline::lab
