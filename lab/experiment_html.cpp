#include "lab/experiment_html.h"

#include <algorithm>
#include <cmath>

#include "lab/experiment_style.h"
#include "lab/format.h"
#include "lab/plot_svg.h"

namespace trunkline::lab {
namespace {

constexpr double kWide = 580, kNarrow = 350;  // pixels of a figure

std::string launches_words(const RecordedExperiment& experiment) {
  const auto complete =
      std::count_if(experiment.launches.begin(), experiment.launches.end(),
                    [](const RecordedLaunch& launch) { return launch.complete(); });
  return std::to_string(complete) + " of " + std::to_string(experiment.launches_planned) +
         " planned launches are complete";
}

std::string head_of(const ExperimentPage& page) {
  const RecordedExperiment& experiment = page.experiment;
  const std::string hosts =
      experiment.hosts == 1   ? "<b>single host</b>: nothing is said of a network"
      : experiment.hosts == 0 ? "nobody knows how many hosts: clocks were not compared"
                              : std::to_string(experiment.hosts) + " hosts";
  const std::string storage =
      experiment.storage.empty() ? "" : " · stored on " + escaped(experiment.storage);
  return "<h1>" + escaped(experiment.title) + "</h1>\n<p class=\"soft\">" +
         escaped(experiment.created) + " · " + hosts + " · " + launches_words(experiment) +
         storage + "</p>\n";
}

std::string verdict_of(const ExperimentVerdict& verdict) {
  std::string text = "<div class=\"verdict " + escaped(verdict.word) + "\" id=\"verdict\"><b>" +
                     escaped(verdict.word) + "</b> " + escaped(verdict.sentence) + "</div>\n";
  std::string failed;
  for (const RecordedCheck& check : verdict.checks) {
    if (!check.passed) failed += (failed.empty() ? "" : ", ") + check.name;
  }
  if (failed.empty()) return text;
  return text + "<div class=\"banner\" role=\"alert\">Did not pass: " + escaped(failed) +
         "</div>\n";
}

std::string number_card(const std::string& name, const std::string& unit,
                        const Estimate& estimate) {
  std::string text = "<div class=\"number\"><span>" + name + "</span>";
  if (const auto middle = estimate.middle()) {
    const auto interval = estimate.interval();
    text += "<b>" + number_text(*middle) + "<i>" + unit + "</i></b><span>" +
            interval_text(estimate) +
            (interval ? format(" %.1f %%", 100 * interval->coverage) : std::string()) + "</span>";
  } else {
    text += "<b class=\"word\">" + value_text(estimate) + "</b>";
  }
  if (estimate.n > 0 && estimate.n_needed > 1) {
    text += "<span>n = " + count_text(static_cast<double>(estimate.n)) + " in " +
            std::to_string(estimate.launches) + "</span>";
  }
  return text + "</div>\n";
}

std::string numbers_of(const ExperimentPage& page) {
  const std::size_t cell = page.data.headline;
  std::string text = "<div><p class=\"soft\">Of <b>" +
                     escaped(page.experiment.label_of_cell(cell)) + "</b>, the first of " +
                     std::to_string(page.experiment.cells.size()) +
                     " cells that counts: medians over launches, with their intervals</p>\n";
  for (const RecordedArm& arm : page.experiment.arms) {
    if (page.experiment.arms.size() > 1) {
      text += "<h3>" + escaped(arm.name + ": " + arm.label) + "</h3>\n";
    }
    text += "<div class=\"numbers\">\n";
    for (const char* percentile : {"p50", "p99", "p99.9"}) {
      text += number_card(std::string("shown ") + percentile + "<br/>one-way", "µs",
                          estimate_of(page.data, arm.name, cell, "shown", percentile));
    }
    const Estimate stored = estimate_of(page.data, arm.name, cell, "stored", "p50");
    text += stored.n > 0 ? number_card("STORED p50<br/>rtt", "µs", stored)
                         : number_card("shown max<br/>one-way", "µs",
                                       estimate_of(page.data, arm.name, cell, "shown", "max"));
    text +=
        number_card("achieved rate<br/>shown", "/s", achieved_of(page.experiment, arm.name, cell));
    text += "</div>\n";
  }
  return text + findings_of(page) + "</div>\n";
}

std::string checks_of(const ExperimentVerdict& verdict) {
  std::string text = "<div><ul class=\"checks\" id=\"checks\">\n";
  for (const RecordedCheck& check : verdict.checks) {
    text += std::string("<li class=\"") + (check.passed ? "yes" : "no") + "\"><b>" +
            (check.passed ? "✓ passed" : "✗ failed") + "</b><strong>" + escaped(check.name) +
            "</strong> <span class=\"soft\">" + escaped(check.text) + "</span></li>\n";
  }
  return text + "</ul></div>\n";
}

std::string figure_of(const Plot& plot) {
  const std::string file = "fig/" + plot.name;
  return "<figure id=\"" + escaped(plot.name) + "\"><div class=\"wide\">" +
         drawing_of(plot, kWide).in_page(plot.title) + "</div><div class=\"narrow\">" +
         drawing_of(plot, kNarrow).in_page(plot.title) + "</div>\n<figcaption>" +
         escaped(plot.caption) + " <a href=\"" + file + ".svg\">SVG</a> <a href=\"" + file +
         ".csv\">CSV</a> <a href=\"" + file + ".gp\">gnuplot</a></figcaption></figure>\n";
}

std::string figures_section(const Figures& figures) {
  std::string text = "<h2>Figures</h2>\n<div class=\"figures\">\n";
  for (const Plot& plot : figures.plots) text += figure_of(plot);
  text += "</div>\n";
  if (figures.left_out.empty()) return text;
  text += "<h3>Not drawn</h3>\n<ul>\n";
  for (const auto& [what, why] : figures.left_out) {
    text += "<li>" + escaped(what) + ": <span class=\"soft\">" + escaped(why) + "</span></li>\n";
  }
  return text + "</ul>\n";
}

}  // namespace

std::string table_of(const std::vector<HtmlColumn>& head,
                     const std::vector<std::vector<std::string>>& rows) {
  const auto begin = [&head](const char* element, std::size_t column) {
    return std::string("<") + element + (head[column].words ? " class=\"words\">" : ">");
  };
  std::string text = "<div class=\"wide-table\"><table>\n<thead><tr>";
  for (std::size_t i = 0; i < head.size(); ++i) text += begin("th", i) + head[i].name + "</th>";
  text += "</tr></thead>\n<tbody>\n";
  for (const auto& row : rows) {
    text += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) text += begin("td", i) + row[i] + "</td>";
    text += "</tr>\n";
  }
  return text + "</tbody></table></div>\n";
}

std::string estimate_cell(const Estimate& estimate) {
  if (!estimate.middle()) return "<small>" + value_text(estimate) + "</small>";
  return number_text(*estimate.middle()) + "<small>" + interval_text(estimate) + "</small>";
}

std::string html_of(const ExperimentPage& page) {
  return "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
         "style-src 'unsafe-inline'\"/>\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>" +
         escaped(page.experiment.title) + "</title>\n<style>" + kExperimentStyle + svg_style() +
         "</style></head>\n<body><main>\n" + head_of(page) + verdict_of(page.verdict) +
         "<div class=\"first\">\n" + numbers_of(page) + checks_of(page.verdict) + "</div>\n" +
         figures_section(page.figures) + comparison_section(page) + hops_section(page) +
         cells_section(page) + launches_section(page) + manifest_section(page) +
         "</main></body></html>\n";
}

}  // namespace trunkline::lab
