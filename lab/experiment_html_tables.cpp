// The tables of report.html. Every column says one-way or rtt, and its unit.
#include <algorithm>
#include <boost/json.hpp>

#include "lab/experiment_html.h"
#include "lab/format.h"
#include "lab/svg.h"

namespace trunkline::lab {
namespace json = boost::json;

namespace {

std::string shift_cell(const Comparison& found, double of_a) {
  const std::string middle = (found.shift > 0 ? "+" : "") + number_text(found.shift) +
                             format(" (%+.1f %%)", 100 * found.shift / of_a);
  if (!found.shift_interval) return middle;
  return middle + "<small>[" + number_text(found.shift_interval->low) + ", " +
         number_text(found.shift_interval->high) + "]</small>";
}

std::string values_cell(const std::vector<double>& values) {
  Estimate estimate;
  estimate.values = values;
  estimate.n = estimate.n_least = estimate.launches = values.size();
  return estimate_cell(estimate);
}

std::string comparison_table(const ExperimentPage& page, const ArmComparison& comparison) {
  const std::string a = escaped(comparison.a), b = escaped(comparison.b);
  std::vector<std::vector<std::string>> rows;
  for (const ArmComparison::Row& row : comparison.rows) {
    const ComparedFigure& figure = row.figure;
    rows.push_back({escaped(row.cell_label + ": " + figure.series + " " + figure.quantile),
                    std::string(direction_of(figure.series)), values_cell(figure.a),
                    values_cell(figure.b), shift_cell(figure.comparison, median(figure.a)),
                    format("%+.2f", figure.comparison.delta), format("%.3f", figure.p_corrected),
                    escaped(comparison.meaning(row, b))});
  }
  const auto label = [&page](const std::string& arm) {
    return escaped(arm + ": " + page.experiment.label_of_arm(arm));
  };
  std::string text = "<h3>" + label(comparison.a) + ", against " + label(comparison.b) + "</h3>\n";
  if (!comparison.conclusive()) {
    text += "<p>Inconclusive: with " + std::to_string(comparison.launches) +
            " launches of each nothing can be found among " +
            std::to_string(comparison.rows.size()) + " rows; give at least " +
            std::to_string(comparison.launches_needed) + ".</p>\n";
  }
  if (!rows.empty()) {
    text += table_of({{"cell and percentile", true},
                      {"direction", true},
                      {a + ", µs"},
                      {b + ", µs"},
                      {"shift " + b + " − " + a + ", µs"},
                      {"Cliff's delta"},
                      {"p, corrected"},
                      {"meaning", true}},
                     rows);
  }
  for (const std::string& what : comparison.left_out) {
    text += "<p class=\"soft\">Not compared: " + escaped(what) + "</p>\n";
  }
  return text;
}

std::string state_of(const ExperimentPage& page, const std::string& arm, std::size_t cell) {
  std::size_t finished = 0, is_void = 0;
  for (const RecordedCell* run : all_cells(page.experiment)) {
    if (run->arm != arm || run->cell != cell) continue;
    ++finished;
    is_void += run->is_void;
  }
  const std::string left_out = left_out_text(page.experiment, arm, cell);
  if (finished == 0) return left_out.empty() ? "not measured" : left_out;
  if (is_void == finished) return "void" + (left_out.empty() ? "" : ", " + left_out);
  std::string text = saturated(page.experiment, arm, cell) ? "saturated" : "counts";
  if (is_void > 0) {
    text +=
        ", void in " + std::to_string(is_void) + " of " + std::to_string(finished) + " launches";
  }
  return text + (left_out.empty() ? "" : ", " + left_out);
}

std::string remarks_table(const ExperimentPage& page) {
  std::vector<std::vector<std::string>> rows;
  for (const RecordedCell* run : all_cells(page.experiment)) {
    const std::string reasons = reasons_of(*run);
    if (reasons.empty()) continue;
    const char* state = run->failed        ? "failed"
                        : run->is_void     ? "void"
                        : run->saturated() ? "saturated"
                                           : "remark";
    rows.push_back({std::to_string(run->launch), escaped(run->arm), escaped(run->label), state,
                    escaped(reasons)});
  }
  if (rows.empty()) return {};
  return "<h3>Cells that leave something to be desired</h3>\n" +
         table_of({{"launch"}, {"arm", true}, {"cell", true}, {"state", true}, {"why", true}},
                  rows);
}

void flatten(const json::value& value, const std::string& name,
             std::vector<std::pair<std::string, std::string>>& rows) {
  if (value.is_object()) {
    for (const auto& [key, inside] : value.get_object()) {
      flatten(inside, name.empty() ? std::string(key) : name + "." + std::string(key), rows);
    }
    return;
  }
  rows.push_back(
      {name, value.is_string() ? std::string(value.get_string()) : json::serialize(value)});
}

}  // namespace

std::string comparison_section(const ExperimentPage& page) {
  if (page.comparisons.empty()) return {};
  std::string text =
      "<h2>Comparison</h2>\n<p class=\"soft\">One value of each launch and percentile. Shift: "
      "Hodges-Lehmann with its 95 % interval; p: Mann-Whitney, corrected over all rows "
      "(Holm).</p>\n";
  for (const ArmComparison& comparison : page.comparisons) {
    text += comparison_table(page, comparison);
  }
  return text;
}

std::string cells_section(const ExperimentPage& page) {
  std::vector<std::vector<std::string>> rows;
  for (const RecordedArm& arm : page.experiment.arms) {
    for (const PlannedCell& cell : page.experiment.cells) {
      const auto told = [&](const char* series, const char* percentile) {
        return estimate_cell(estimate_of(page.data, arm.name, cell.number, series, percentile));
      };
      const Estimate shown = estimate_of(page.data, arm.name, cell.number, "shown", "p50");
      rows.push_back({escaped(cell.label), escaped(arm.label),
                      escaped(state_of(page, arm.name, cell.number)),
                      estimate_cell(achieved_of(page.experiment, arm.name, cell.number)),
                      count_text(static_cast<double>(shown.n)), told("shown", "p50"),
                      told("shown", "p99"), told("shown", "p99.9"), told("shown", "max"),
                      told("stored", "p50"), told("stored", "p99")});
    }
  }
  return "<h2>Cells</h2>\n" +
         table_of({{"cell", true},
                   {"arm", true},
                   {"state", true},
                   {"achieved, 1/s"},
                   {"n"},
                   {"shown p50<br/>one-way, µs"},
                   {"shown p99<br/>one-way, µs"},
                   {"shown p99.9<br/>one-way, µs"},
                   {"shown max<br/>one-way, µs"},
                   {"STORED p50<br/>rtt, µs"},
                   {"STORED p99<br/>rtt, µs"}},
                  rows) +
         remarks_table(page);
}

std::string launches_section(const ExperimentPage& page) {
  std::vector<std::vector<std::string>> rows;
  for (const RecordedLaunch& launch : page.experiment.launches) {
    rows.push_back({std::to_string(launch.number),
                    escaped(page.experiment.label_of_arm(launch.arm)), escaped(launch.status),
                    std::to_string(launch.cells.size()), escaped(launch.why)});
  }
  return "<h2>Launches</h2>\n<p class=\"soft\">Each a fresh start of the cluster, in this "
         "order.</p>\n" +
         table_of({{"launch"}, {"arm", true}, {"status", true}, {"finished cells"}, {"why", true}},
                  rows);
}

std::string manifest_section(const ExperimentPage& page) {
  std::vector<std::pair<std::string, std::string>> rows;
  flatten(page.experiment.manifest, "", rows);
  std::string text =
      "<h2>Manifest</h2>\n<p class=\"soft\">REPRODUCE.sh does it again; SHA256SUMS covers every "
      "file.</p>\n<div class=\"wide-table\"><table class=\"manifest\">\n";
  for (const auto& [name, value] : rows) {
    text += "<tr><td>" + escaped(name) + "</td><td>" + escaped(value) + "</td></tr>\n";
  }
  return text + "</table></div>\n";
}

}  // namespace trunkline::lab
