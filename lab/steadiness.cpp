#include "lab/steadiness.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "lab/statistics.h"

namespace trunkline::lab {
namespace {

constexpr double kAlarm = 0.01;  // two tests of each cell, and many cells
constexpr std::size_t kTenthsLeast = 20;
constexpr std::size_t kBatch = 5;
constexpr std::size_t kValuesMost = 600;
// Smaller changes are real, but nothing that a user would notice.
constexpr double kDriftLeast = 0.05;
// Of all messages, gathered over the whole time. Less than ten are chance.
constexpr double kGatheredLeast = 0.01, kGatheredMessages = 10;

// Of how many values are equal to others: what ties take from the variance of Kendall's score.
double tie_term(const std::vector<double>& values) {
  std::map<double, double> counts;
  for (const double value : values) counts[value] += 1;
  double term = 0;
  for (const auto& [_, count] : counts) term += count * (count - 1) * (2 * count + 5);
  return term;
}

// Groups of neighbours as their means: all two values are compared with one another below.
std::vector<double> thinned(const std::vector<double>& values) {
  const std::size_t group = (values.size() + kValuesMost - 1) / kValuesMost;
  if (group <= 1) return values;
  std::vector<double> means;
  for (std::size_t at = 0; at + group <= values.size(); at += group) {
    double sum = 0;
    for (std::size_t i = at; i < at + group; ++i) sum += values[i];
    means.push_back(sum / static_cast<double>(group));
  }
  return means;
}

double change_over(const Trend& trend, std::size_t steps) {
  return trend.slope * static_cast<double>(steps);
}

}  // namespace

Trend trend_of(const std::vector<double>& values) {
  if (values.size() < 4) return {};
  std::vector<double> slopes;
  double score = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (std::size_t j = i + 1; j < values.size(); ++j) {
      const double rise = values[j] - values[i];
      score += rise > 0 ? 1 : rise < 0 ? -1 : 0;
      slopes.push_back(rise / static_cast<double>(j - i));
    }
  }
  const auto n = static_cast<double>(values.size());
  const double variance = (n * (n - 1) * (2 * n + 5) - tie_term(values)) / 18;
  Trend trend{1, median(std::move(slopes))};
  if (variance > 0 && score != 0) {
    const double z = (std::abs(score) - 1) / std::sqrt(variance);
    trend.p = std::erfc(z / std::sqrt(2.0));
  }
  return trend;
}

std::optional<std::size_t> warm_up_length(const std::vector<double>& values) {
  std::vector<double> batches;
  for (std::size_t at = 0; at + kBatch <= values.size(); at += kBatch) {
    double sum = 0;
    for (std::size_t i = at; i < at + kBatch; ++i) sum += values[i];
    batches.push_back(sum / kBatch);
  }
  // From the end on, so that each step adds one value to the sums.
  double sum = 0, squares = 0, least = std::numeric_limits<double>::infinity();
  std::size_t best = 0;
  for (std::size_t left = 1; left <= batches.size(); ++left) {
    const double value = batches[batches.size() - left];
    sum += value;
    squares += value * value;
    const auto count = static_cast<double>(left);
    const double error = (squares - sum * sum / count) / (count * count);
    // Of the second half the last few are alike by chance: only the first is looked at.
    if (2 * left >= batches.size() && error <= least) {
      least = error;
      best = batches.size() - left;
    }
  }
  if (best > 0 && 2 * (best + 1) > batches.size()) return std::nullopt;
  return best * kBatch;
}

std::string_view to_string(Steadiness steadiness) {
  switch (steadiness) {
    case Steadiness::steady:
      return "steady";
    case Steadiness::trend:
      return "trend";
    case Steadiness::saturated:
      return "saturated";
    case Steadiness::too_short:
      return "short";
  }
  return "";
}

Steadiness steadiness_of(const std::vector<Tenth>& tenths, std::uint64_t messages) {
  if (tenths.size() < kTenthsLeast) return Steadiness::too_short;
  std::vector<double> medians, outstanding;
  for (const Tenth& tenth : tenths) {
    if (tenth.median_us > 0) medians.push_back(tenth.median_us);
    outstanding.push_back(tenth.outstanding);
  }
  medians = thinned(medians);
  outstanding = thinned(outstanding);
  const Trend backlog = trend_of(outstanding);
  const double gathered = change_over(backlog, outstanding.size());
  if (backlog.p < kAlarm && gathered > kGatheredMessages &&
      gathered > kGatheredLeast * static_cast<double>(messages)) {
    return Steadiness::saturated;
  }
  if (medians.size() < kTenthsLeast) return Steadiness::too_short;
  const Trend drift = trend_of(medians);
  const double change = std::abs(change_over(drift, medians.size()));
  const bool drifts = drift.p < kAlarm && change > kDriftLeast * median(medians);
  return drifts ? Steadiness::trend : Steadiness::steady;
}

}  // namespace trunkline::lab
