#include "lab/comparison.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <istream>
#include <stdexcept>

#include "lab/format.h"
#include "lab/percentiles.h"

namespace trunkline::lab {
namespace json = boost::json;

namespace {

constexpr std::size_t kLaunchesWanted = 6;  // of each side
constexpr double kAlarm = 1 - kConfidence;
constexpr double kTail = 0.99;               // unbounded where a cell is saturated
constexpr double kLaunchesToldMost = 1'000;  // what takes more, nobody will launch

constexpr const char* kLoad[] = {"class",    "protocol", "pairs",    "size",      "rate",
                                 "arrivals", "window",   "warmup_s", "measured_s"};

Launch launch_of(const json::object& report) {
  Launch launch;
  for (const char* key : kLoad) {
    launch.load += (launch.load.empty() ? "" : ", ") + std::string(key) + " " +
                   json::serialize(report.at(key));
  }
  const auto* is_void = report.if_contains("void");
  launch.is_void = is_void != nullptr && is_void->as_bool();
  const auto* steady = report.if_contains("steady");
  const bool saturated = steady != nullptr && steady->as_string() == "saturated";
  for (const char* series : {"shown", "stored"}) {
    const json::object& times = report.at(std::string(series) + "_us").as_object();
    const auto count = times.at("n").to_number<std::uint64_t>();
    for (const auto& [name, quantile] : kPercentiles) {
      if (count < samples_needed(quantile) || (saturated && quantile >= kTail)) continue;
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
  std::string text =
      format("A: %zu launches, B: %zu; us, shown one-way, stored rtt; medians over launches\n",
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

// Without any overlap p is 2 over the ways to choose n of 2 n; Holm's correction takes it times the
// rows.
std::size_t launches_for_rows(std::size_t rows) {
  double p = 2;
  for (std::size_t n = 1;; ++n) {
    const auto count = static_cast<double>(n);
    p *= count / (2 * (2 * count - 1));
    if (p * static_cast<double>(rows) < kAlarm) return n;
  }
}

namespace {

// An interval becomes narrower with the root of the launches; it tells when the margin is no longer
// in it.
std::string launches_to_tell(const ComparedFigure& figure, double percent, std::size_t rows) {
  const auto least = static_cast<double>(
      std::max(launches_for_rows(rows), std::min(figure.a.size(), figure.b.size()) + 1));
  const auto& interval = figure.comparison.shift_interval;
  double needed = least;
  if (interval) {
    const double half = percent_of_a(figure, interval->high - interval->low) / 2;
    const double distance = std::abs(percent_of_a(figure, figure.comparison.shift) - percent);
    const double ratio = half / std::max(distance, half / kLaunchesToldMost);
    const auto launches = static_cast<double>(std::min(figure.a.size(), figure.b.size()));
    needed = std::max(least, std::ceil(launches * ratio * ratio));
  }
  if (needed > kLaunchesToldMost) return format("more than %.0f launches", kLaunchesToldMost);
  return format("about %.0f launches", needed);
}

}  // namespace

MarginAnswer slower_by_more(const ComparedFigure& figure, double percent, std::size_t rows) {
  const std::string name = figure.series + " " + figure.quantile;
  const auto& interval = figure.comparison.shift_interval;
  if (interval) {
    const double low = percent_of_a(figure, interval->low);
    if (percent_of_a(figure, interval->high) <= percent) return {Slower::no, ""};
    if (low > percent && figure.p_corrected < kAlarm) {
      return {Slower::yes, name + format(": B is slower by %.1f %% at least", low)};
    }
  }
  const std::string between =
      interval ? format("slower by between %+.1f and %+.1f %%", percent_of_a(figure, interval->low),
                        percent_of_a(figure, interval->high))
               : std::string("too few launches for an interval");
  return {Slower::unknown, name + ": inconclusive, need " +
                               launches_to_tell(figure, percent, rows) + " of each (" + between +
                               ")"};
}

Gate gate_of(const std::vector<ComparedFigure>& compared, double percent) {
  Gate gate;
  for (const ComparedFigure& figure : compared) {
    const MarginAnswer answer = slower_by_more(figure, percent, compared.size());
    if (answer.slower == Slower::no) continue;
    const bool regression = answer.slower == Slower::yes;
    gate.regression = gate.regression || regression;
    gate.text += (regression ? "REGRESSION: " : "") + answer.text + "\n";
  }
  if (gate.text.empty()) gate.text = format("no row is slower by more than %g %%\n", percent);
  return gate;
}

}  // namespace trunkline::lab
