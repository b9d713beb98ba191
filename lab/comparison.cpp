#include "lab/comparison.h"

#include <algorithm>
#include <boost/json.hpp>
#include <istream>
#include <stdexcept>

#include "lab/format.h"
#include "lab/percentiles.h"

namespace trunkline::lab {
namespace json = boost::json;

namespace {

constexpr std::size_t kLaunchesWanted = 6;  // of each side
constexpr double kAlarm = 1 - kConfidence;

constexpr const char* kLoad[] = {"class",    "protocol", "pairs",    "size",      "rate",
                                 "arrivals", "window",   "warmup_s", "measured_s"};

Launch launch_of(const json::object& report) {
  Launch launch;
  for (const char* key : kLoad) {
    launch.load += (launch.load.empty() ? "" : ", ") + std::string(key) + " " +
                   json::serialize(report.at(key));
  }
  for (const char* series : {"shown", "stored"}) {
    const json::object& times = report.at(std::string(series) + "_us").as_object();
    const auto count = times.at("n").to_number<std::uint64_t>();
    for (const auto& [name, quantile] : kPercentiles) {
      if (count < samples_needed(quantile)) continue;
      launch.figures.push_back({series, name, times.at(name).to_number<double>()});
    }
  }
  return launch;
}

std::vector<double> values_of(const std::vector<Launch>& launches, const Figure& wanted) {
  std::vector<double> values;
  for (const Launch& launch : launches) {
    for (const Figure& figure : launch.figures) {
      const bool same = figure.series == wanted.series && figure.quantile == wanted.quantile;
      if (same) values.push_back(figure.us);
    }
  }
  return values;
}

std::string range_text(const std::vector<double>& values) {
  const std::string middle = format("%9.1f", median(values));
  const auto interval = median_interval(values);
  return middle + (interval ? format(" [%.1f, %.1f]", interval->low, interval->high)
                            : std::string(" [too few]"));
}

double percent_of_a(const ComparedFigure& figure, double us) {
  return 100 * us / median(figure.a);
}

}  // namespace

std::vector<Launch> read_launches(std::istream& in, const std::string& name) {
  std::vector<Launch> launches;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (line.find_first_not_of(" \t\r") == line.npos) continue;
    try {
      launches.push_back(launch_of(json::parse(line).as_object()));
    } catch (const std::exception& problem) {
      throw std::runtime_error(name + ", line " + std::to_string(number) +
                               ": not a report of `trunkline-lab run --json`: " + problem.what());
    }
  }
  return launches;
}

std::vector<ComparedFigure> compare_launches(const std::vector<Launch>& a,
                                             const std::vector<Launch>& b) {
  if (a.empty() || b.empty()) throw std::runtime_error("there is no launch to compare");
  for (const auto* side : {&a, &b}) {
    for (const Launch& launch : *side) {
      if (launch.load == a.front().load) continue;
      throw std::runtime_error("these are not of one load: " + a.front().load + " against " +
                               launch.load);
    }
  }
  std::vector<ComparedFigure> compared;
  std::vector<double> p;
  for (const Figure& figure : a.front().figures) {
    ComparedFigure one{
        figure.series, figure.quantile, values_of(a, figure), values_of(b, figure), {}, 1};
    if (one.a.size() != a.size() || one.b.size() != b.size()) continue;
    one.comparison = compare(one.a, one.b);
    p.push_back(one.comparison.p);
    compared.push_back(std::move(one));
  }
  if (compared.empty())
    throw std::runtime_error("no percentile has enough samples in all launches");
  const std::vector<double> corrected = holm(p);
  for (std::size_t i = 0; i < compared.size(); ++i) compared[i].p_corrected = corrected[i];
  return compared;
}

std::string meaning_of(const ComparedFigure& figure, const std::string& b) {
  if (!figure.comparison.shift_interval) return "inconclusive: give at least 4 + 4 launches";
  if (figure.p_corrected >= kAlarm) return "~";
  return b + (figure.comparison.shift > 0 ? " is slower" : " is faster");
}

std::string comparison_text(const std::vector<ComparedFigure>& compared) {
  const ComparedFigure& first = compared.front();
  std::string text = format("A: %zu launches, B: %zu; one-way, us; medians over launches\n",
                            first.a.size(), first.b.size());
  text += format("%-14s %-28s %-28s %-30s %6s %6s %s\n", "", "A [95 %]", "B [95 %]", "shift [95 %]",
                 "delta", "p", "");
  for (const ComparedFigure& figure : compared) {
    const Comparison& found = figure.comparison;
    std::string shift = format("%+.1f (%+.1f %%)", found.shift, percent_of_a(figure, found.shift));
    if (found.shift_interval) {
      shift += format(" [%+.1f, %+.1f]", found.shift_interval->low, found.shift_interval->high);
    }
    text += format("%-14s %-28s %-28s %-30s %+6.2f %6.3f %s\n",
                   (figure.series + " " + figure.quantile).c_str(), range_text(figure.a).c_str(),
                   range_text(figure.b).c_str(), shift.c_str(), found.delta, figure.p_corrected,
                   meaning_of(figure, "B").c_str());
  }
  text +=
      "shift: Hodges-Lehmann; delta: Cliff's; p: Mann-Whitney, corrected over the rows (Holm)\n";
  if (std::min(first.a.size(), first.b.size()) < kLaunchesWanted) {
    text += "exploratory: a result takes at least 6 fresh launches of each, in random order\n";
  }
  return text;
}

std::vector<std::string> regressions(const std::vector<ComparedFigure>& compared, double percent) {
  std::vector<std::string> found;
  for (const ComparedFigure& figure : compared) {
    const auto& interval = figure.comparison.shift_interval;
    if (!interval || percent_of_a(figure, interval->low) <= percent) continue;
    found.push_back(format("%s %s: B is slower by %.1f %% at least", figure.series.c_str(),
                           figure.quantile.c_str(), percent_of_a(figure, interval->low)));
  }
  return found;
}

}  // namespace trunkline::lab
