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

// What a hop or a floor costs beside what the whole does.
std::string floor_text(const ExperimentPage& page, const std::string& arm) {
  std::vector<std::vector<std::string>> rows;
  for (const RecordedLaunch& launch : page.experiment.launches) {
    if (launch.arm != arm || !launch.floor || !rows.empty()) continue;
    for (const RecordedFloorRow& row : launch.floor->rows) {
      rows.push_back({escaped(row.text.empty() ? row.name : row.text), escaped(row.direction),
                      count_text(row.n), number_text(row.p50_us), number_text(row.p99_us)});
    }
  }
  if (rows.empty()) return "<p class=\"soft\">No floor was recorded.</p>\n";
  return "<h3>Floor: what the same road costs without routing; of the first launch</h3>\n" +
         table_of({{"what", true}, {"direction", true}, {"n"}, {"p50, µs"}, {"p99, µs"}}, rows);
}

// "Routing adds 82 µs over the floor"; empty: no floor was recorded.
std::string over_the_floor(const ExperimentPage& page, const RecordedArm& arm) {
  std::vector<double> roads;
  for (const RecordedLaunch& launch : page.experiment.launches) {
    const bool has_road = launch.arm == arm.name && launch.floor && launch.floor->road_p50_us;
    if (has_road) roads.push_back(*launch.floor->road_p50_us);
  }
  const Estimate shown = estimate_of(page.data, arm.name, page.data.headline, "shown", "p50");
  if (roads.empty() || !shown.middle()) return {};
  const double floor = median(roads), adds = *shown.middle() - floor;
  const std::string of_arm = page.experiment.arms.size() == 1 ? "" : escaped(arm.label) + ": ";
  return "<p>" + of_arm + "routing adds <b>" + number_text(adds) +
         " µs</b> over the floor: p50 of shown " + number_text(*shown.middle()) +
         " µs, of the bare road " + number_text(floor) + " µs, both one-way (" +
         format("%.2f times", *shown.middle() / floor) + ").</p>\n";
}

// The p50 and p99 of shown, in the headline's cell.
std::string against_the_first(const ExperimentPage& page, const ArmComparison& comparison) {
  const std::string b = escaped(page.experiment.label_of_arm(comparison.b));
  std::string text;
  for (const ArmComparison::Row& row : comparison.rows) {
    const ComparedFigure& figure = row.figure;
    const bool is_first = row.cell == page.data.headline && figure.series == "shown" &&
                          (figure.quantile == "p50" || figure.quantile == "p99");
    if (!is_first) continue;
    const Comparison& found = figure.comparison;
    const std::string interval = found.shift_interval
                                     ? " [" + number_text(found.shift_interval->low) + ", " +
                                           number_text(found.shift_interval->high) + "]"
                                     : "";
    const std::string meaning = comparison.meaning(row, b);
    text += "<p>" + figure.quantile + ", shown: <b>" +
            (meaning == "~" ? "no difference found between " +
                                  escaped(page.experiment.label_of_arm(comparison.a)) + " and " + b
                            : escaped(meaning)) +
            "</b>, shift " + (found.shift > 0 ? "+" : "") + number_text(found.shift) + interval +
            " µs, one-way.</p>\n";
  }
  return text;
}

std::string hops_of_arm(const ExperimentPage& page, const RecordedArm& arm) {
  const std::size_t cell = page.data.headline;
  const Estimate whole = mean_of(page.data, arm.name, cell, "end_to_end");
  if (whole.n == 0) return "<p class=\"soft\">No message was traced.</p>\n";
  std::vector<std::vector<std::string>> rows;
  double sum = 0;
  for (const std::string& series : series_of_cell(page.data, cell, "hop:")) {
    const Estimate mean = mean_of(page.data, arm.name, cell, series);
    if (mean.n == 0) continue;
    // A hop that only some messages took counts for that share of the sum.
    sum += *mean.middle() * static_cast<double>(mean.n) / static_cast<double>(whole.n);
    rows.push_back({escaped(hop_words(series.substr(series.find(':') + 1))),
                    count_text(static_cast<double>(mean.n)),
                    estimate_cell(estimate_of(page.data, arm.name, cell, series, "p50")),
                    estimate_cell(estimate_of(page.data, arm.name, cell, series, "p99")),
                    estimate_cell(mean)});
  }
  rows.push_back({"<b>sum of the hops</b>", "", "", "", "<b>" + number_text(sum) + "</b>"});
  rows.push_back({"<b>end to end, from the first stamp to the last</b>",
                  count_text(static_cast<double>(whole.n)),
                  estimate_cell(estimate_of(page.data, arm.name, cell, "end_to_end", "p50")),
                  estimate_cell(estimate_of(page.data, arm.name, cell, "end_to_end", "p99")),
                  estimate_cell(whole)});
  return table_of({{"hop", true},
                   {"traced messages"},
                   {"p50, one-way, µs"},
                   {"p99, one-way, µs"},
                   {"mean, one-way, µs"}},
                  rows) +
         "<p class=\"soft\">Means add up to the whole; percentiles of hops do not. Medians over "
         "launches, with their intervals.</p>\n";
}

std::string state_of(const ExperimentPage& page, const std::string& arm, std::size_t cell) {
  std::size_t finished = 0, is_void = 0;
  for (const RecordedCell* run : all_cells(page.experiment)) {
    if (run->arm != arm || run->cell != cell) continue;
    ++finished;
    is_void += run->is_void;
  }
  if (finished == 0) return "not measured";
  if (is_void == finished) return "void";
  std::string text = saturated(page.experiment, arm, cell) ? "saturated" : "counts";
  if (is_void > 0) {
    text +=
        ", void in " + std::to_string(is_void) + " of " + std::to_string(finished) + " launches";
  }
  return text;
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

std::string findings_of(const ExperimentPage& page) {
  std::string text;
  for (const RecordedArm& arm : page.experiment.arms) text += over_the_floor(page, arm);
  for (const ArmComparison& one : page.comparisons) text += against_the_first(page, one);
  return text;
}

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

std::string hops_section(const ExperimentPage& page) {
  std::string text = "<h2>Hops</h2>\n<p class=\"soft\">Of " +
                     escaped(page.experiment.label_of_cell(page.data.headline)) + "</p>\n";
  for (const RecordedArm& arm : page.experiment.arms) {
    if (page.experiment.arms.size() > 1) text += "<h3>" + escaped(arm.label) + "</h3>\n";
    text += hops_of_arm(page, arm) + floor_text(page, arm.name) + over_the_floor(page, arm);
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
