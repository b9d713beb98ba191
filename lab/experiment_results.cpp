#include "lab/experiment_results.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "lab/format.h"
#include "lab/hops.h"

namespace trunkline::lab {
namespace {

std::optional<wire::Stamp> stamp_named(std::string_view name) {
  for (std::size_t i = 0; i < wire::kStampCount; ++i) {
    const auto stamp = static_cast<wire::Stamp>(i);
    if (word_of(stamp) == name) return stamp;
  }
  return std::nullopt;
}

// In the order of the road; what is no hop stands behind.
std::pair<std::size_t, std::size_t> place_of(const std::string& series) {
  if (const auto stretch = stretch_of_wait(series)) return {place_of(*stretch), 0};
  const auto ends = stamps_of_hop(series);
  if (!ends) return {wire::kStampCount, wire::kStampCount};
  return {static_cast<std::size_t>(ends->first), static_cast<std::size_t>(ends->second)};
}

// Calls for each launch that counts.
template <class OnRun>
void each_run(const ExperimentData& data, const std::string& arm, std::size_t cell,
              const std::string& series, const OnRun& on_run) {
  for (const SeriesRun& one : data.series) {
    const bool wanted = one.run->cell == cell && one.run->arm == arm && one.series == series;
    if (wanted && one.run->counts()) on_run(one);
  }
}

void add(Estimate& estimate, double value, std::uint64_t n) {
  estimate.n_least = estimate.launches == 0 ? n : std::min(estimate.n_least, n);
  estimate.n += n;
  ++estimate.launches;
  if (n >= estimate.n_needed) estimate.values.push_back(value);
}

}  // namespace

std::optional<double> Estimate::middle() const {
  if (!enough() || unbounded) return std::nullopt;
  return median(values);
}

std::optional<Interval> Estimate::interval() const {
  if (!enough() || unbounded) return std::nullopt;
  return median_interval(values);
}

Estimate estimate_of(const ExperimentData& data, const std::string& arm, std::size_t cell,
                     const std::string& series, const std::string& percentile) {
  const auto wanted = std::find_if(std::begin(kFarPercentiles), std::end(kFarPercentiles),
                                   [&](const Percentile& one) { return one.name == percentile; });
  const auto place = static_cast<std::size_t>(wanted - std::begin(kFarPercentiles));
  const double quantile = wanted->quantile;
  Estimate estimate;
  estimate.n_needed = quantile == 1 ? 1 : samples_needed(quantile);
  const bool grows = quantile >= 0.99 && (series == "shown" || series == "stored");
  each_run(data, arm, cell, series, [&](const SeriesRun& one) {
    add(estimate, one.values_us[place], one.n);
    estimate.unbounded = estimate.unbounded || (grows && one.run->saturated());
  });
  return estimate;
}

Estimate achieved_of(const RecordedExperiment& experiment, const std::string& arm,
                     std::size_t cell) {
  Estimate estimate;
  estimate.n_needed = 1;
  for (const RecordedCell* run : all_cells(experiment)) {
    if (run->arm == arm && run->cell == cell && run->counts()) {
      add(estimate, run->achieved_per_s, 1);
    }
  }
  return estimate;
}

std::string number_text(double value) {
  if (std::abs(value) >= 1000) return count_text(value);
  return format(std::abs(value) >= 100 ? "%.1f" : "%.2f", value);
}

std::string count_text(double count) {
  std::string text = format("%.0f", std::abs(count));
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, 1, ',');
  return (count < 0 ? "-" : "") + text;
}

std::string interval_text(const Estimate& estimate) {
  if (const auto found = estimate.interval()) {
    return "[" + number_text(found->low) + ", " + number_text(found->high) + "]";
  }
  return estimate.middle() ? "no interval: " + std::to_string(estimate.launches) +
                                 (estimate.launches == 1 ? " launch" : " launches")
                           : "";
}

std::string value_text(const Estimate& estimate) {
  if (estimate.n == 0) return "none counts";
  if (!estimate.enough()) return "n too small";
  if (estimate.unbounded) return "unbounded";
  const auto found = estimate.interval();
  return number_text(*estimate.middle()) + (found ? " " + interval_text(estimate) : "");
}

std::vector<std::string> series_of_cell(const ExperimentData& data, std::size_t cell,
                                        const std::string& prefix) {
  std::set<std::string> names;
  for (const SeriesRun& one : data.series) {
    if (one.run->cell == cell && one.series.starts_with(prefix)) names.insert(one.series);
  }
  std::vector<std::string> in_order(names.begin(), names.end());
  std::stable_sort(in_order.begin(), in_order.end(),
                   [](const auto& a, const auto& b) { return place_of(a) < place_of(b); });
  return in_order;
}

std::optional<std::pair<wire::Stamp, wire::Stamp>> stamps_of_hop(const std::string& series) {
  constexpr std::string_view kHop = "hop:";
  std::string_view names = series;
  if (!names.starts_with(kHop)) return std::nullopt;
  names.remove_prefix(kHop.size());
  const std::size_t dash = names.find('-');
  if (dash == names.npos) return std::nullopt;
  const auto from = stamp_named(names.substr(0, dash)), to = stamp_named(names.substr(dash + 1));
  if (!from || !to) return std::nullopt;
  return std::pair(*from, *to);
}

std::optional<Stretch> stretch_of_wait(const std::string& series) {
  constexpr std::string_view kWait = "wait:";
  if (!series.starts_with(kWait)) return std::nullopt;
  return stretch_of(std::string_view(series).substr(kWait.size()));
}

std::string hop_words(const std::string& series) {
  if (const auto stretch = stretch_of_wait(series)) return name_of(*stretch);
  const auto ends = stamps_of_hop(series);
  if (!ends) return series;
  return std::string(name_of(ends->first)) + " -> " + std::string(name_of(ends->second));
}

bool saturated(const RecordedExperiment& experiment, const std::string& arm, std::size_t cell) {
  const auto cells = all_cells(experiment);
  return std::any_of(cells.begin(), cells.end(), [&](const RecordedCell* run) {
    return run->arm == arm && run->cell == cell && run->counts() && run->saturated();
  });
}

std::string left_out_text(const RecordedExperiment& experiment, const std::string& arm,
                          std::size_t cell) {
  std::size_t launches = 0, without = 0;
  std::string why;
  for (const RecordedLaunch& launch : experiment.launches) {
    if (launch.arm != arm) continue;
    ++launches;
    for (const NotRun& one : launch.not_run) {
      if (one.cell != cell) continue;
      ++without;
      why = one.why;
    }
  }
  if (without == 0) return {};
  return "not run in " + std::to_string(without) + " of " + std::to_string(launches) +
         " launches: " + why;
}

std::vector<const RecordedCell*> all_cells(const RecordedExperiment& experiment) {
  std::vector<const RecordedCell*> cells;
  for (const RecordedLaunch& launch : experiment.launches) {
    for (const RecordedCell& run : launch.cells) cells.push_back(&run);
  }
  return cells;
}

std::string reasons_of(const RecordedCell& cell) {
  std::vector<std::string> reasons;
  for (const RecordedCheck& check : cell.checks) {
    if (!check.passed) reasons.push_back(check.text.empty() ? check.name : check.text);
  }
  reasons.insert(reasons.end(), cell.remarks.begin(), cell.remarks.end());
  if (cell.is_void && reasons.empty()) reasons.push_back("no reason was recorded");
  std::string text;
  for (const std::string& reason : reasons) text += (text.empty() ? "" : "; ") + reason;
  return text;
}

}  // namespace trunkline::lab
