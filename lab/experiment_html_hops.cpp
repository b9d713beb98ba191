// What report.html says of hops, floors, and of what stands out.
#include <algorithm>

#include "lab/experiment_html.h"
#include "lab/format.h"
#include "lab/hop_account.h"
#include "lab/svg.h"

namespace trunkline::lab {
namespace {

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
  return "<h3>Floor: what each piece of the road costs alone; of the first launch</h3>\n" +
         table_of({{"what", true}, {"direction", true}, {"n"}, {"p50, µs"}, {"p99, µs"}}, rows);
}

// "Routing adds 82 µs over the floor"; empty: no floor was recorded.
std::string over_the_floor(const ExperimentPage& page, const RecordedArm& arm) {
  std::vector<double> roads;
  bool stored = false;
  for (const RecordedLaunch& launch : page.experiment.launches) {
    const bool has_road = launch.arm == arm.name && launch.floor && launch.floor->road_p50_us;
    if (has_road) roads.push_back(*launch.floor->road_p50_us);
    stored = stored || std::ranges::any_of(launch.cells, [&](const RecordedCell& run) {
               return run.cell == page.data.headline && run.message_class == "stored";
             });
  }
  const Estimate shown = estimate_of(page.data, arm.name, page.data.headline, "shown", "p50");
  if (roads.empty() || !shown.middle()) return {};
  const double floor = median(roads), adds = *shown.middle() - floor;
  const std::string of_arm = page.experiment.arms.size() == 1 ? "" : escaped(arm.label) + ": ";
  return "<p>" + of_arm + (stored ? "routing and the commit add" : "routing adds") + " <b>" +
         number_text(adds) + " µs</b> over the floor: p50 of shown " +
         number_text(*shown.middle()) + " µs; a direct message's road, piece by piece, " +
         number_text(floor) + " µs (medians added up, not measured as one), both one-way (" +
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

// A time between hosts that is smaller than what is known of their clocks is told as its bound.
std::string hop_cell(const HopMean& hop, const Estimate& estimate,
                     const std::optional<double>& widest) {
  const std::optional<double> bound = hop.bound_us         ? hop.bound_us
                                      : hop.between_clocks ? widest
                                                           : std::nullopt;
  const bool below = bound && estimate.middle() && *estimate.middle() < *bound;
  return below ? "≤ " + number_text(*bound) + "<small>clocks</small>" : estimate_cell(estimate);
}

std::string clocks_text(const RecordedExperiment& experiment, const std::optional<double>& bound) {
  if (experiment.hosts == 1) {
    return "<p class=\"soft\">Single host: one clock, hops are exact.</p>\n";
  }
  if (!bound) {
    return "<p>The clocks of the hosts were not compared: <b>hops between hosts say nothing</b>; "
           "the "
           "end-to-end time has one clock and holds.</p>\n";
  }
  return "<p class=\"soft\">Hops between hosts are known to ±" + number_text(*bound) +
         " µs; the end-to-end time has one clock and is exact.</p>\n";
}

struct AccountWords {
  const char* part;
  const char* sum;
  const char* whole;
  const char* whole_series;  // in the data
};

std::string table_of_account(const ExperimentPage& page, const RecordedArm& arm,
                             const HopAccount& account, const AccountWords& words) {
  const std::size_t cell = page.data.headline;
  const std::optional<double> bound =
      page.experiment.hosts == 1 ? std::nullopt : clock_bound_us(page.data);
  const auto told = [&](const std::string& series, const char* percentile) {
    return estimate_of(page.data, arm.name, cell, series, percentile);
  };
  std::vector<std::vector<std::string>> rows;
  for (const HopMean& hop : account.hops) {
    rows.push_back({escaped(hop_words(hop.series)), count_text(static_cast<double>(hop.n)),
                    hop_cell(hop, told(hop.series, "p50"), bound),
                    hop_cell(hop, told(hop.series, "p99"), bound), number_text(hop.mean_us)});
    for (const IdleShare& share : idle_shares(page.data, arm.name, cell, hop.series)) {
      rows.push_back({"<small>" + escaped(std::string(name_of(share.idle))) + "</small>",
                      count_text(static_cast<double>(share.mean.n)),
                      estimate_cell(told(share.mean.series, "p50")),
                      estimate_cell(told(share.mean.series, "p99")),
                      "<small>" + number_text(share.mean.mean_us) + "</small>"});
    }
  }
  rows.push_back({"<b>" + std::string(words.sum) + "</b>", "", "", "",
                  "<b>" + number_text(account.sum_us) + "</b>"});
  rows.push_back({"<b>" + std::string(words.whole) + "</b>",
                  count_text(static_cast<double>(account.messages)),
                  estimate_cell(told(words.whole_series, "p50")),
                  estimate_cell(told(words.whole_series, "p99")),
                  "<b>" + number_text(account.whole_us) + "</b>"});
  return table_of({{words.part, true},
                   {"traced messages"},
                   {"p50, one-way, µs"},
                   {"p99, one-way, µs"},
                   {"mean, one-way, µs"}},
                  rows);
}

std::string hops_of_arm(const ExperimentPage& page, const RecordedArm& arm) {
  const std::size_t cell = page.data.headline;
  const HopAccount hops = hop_account(page.data, arm.name, cell);
  const HopAccount waits = wait_account(page.data, arm.name, cell);
  if (hops.messages + waits.messages == 0) {
    return "<p class=\"soft\">No message was traced.</p>\n";
  }
  std::string text;
  if (hops.messages > 0) {
    text += table_of_account(
        page, arm, hops,
        {"hop", "sum of the hops", "end to end, from the first stamp to the last", "end_to_end"});
  }
  if (waits.messages > 0) {
    text += "<h3>Where it waited, by postcards</h3>\n" +
            table_of_account(page, arm, waits,
                             {"stretch", "sum of the stretches", "from due to received", "waits"});
  }
  return text +
         "<p class=\"soft\">Percentiles: medians over launches, with their intervals; they do not "
         "add up. Means are of all launches together, and do.</p>\n" +
         clocks_text(page.experiment,
                     page.experiment.hosts == 1 ? std::nullopt : clock_bound_us(page.data));
}

}  // namespace

std::string findings_of(const ExperimentPage& page) {
  std::string text;
  for (const RecordedArm& arm : page.experiment.arms) text += over_the_floor(page, arm);
  for (const ArmComparison& one : page.comparisons) text += against_the_first(page, one);
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

}  // namespace trunkline::lab
