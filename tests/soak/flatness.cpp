#include "tests/soak/flatness.h"

#include <algorithm>

namespace trunkline::tests {
namespace {

constexpr double kBytesPerVisit = 32;
constexpr double kBytesPerRun = 1024 * 1024;
constexpr std::uint64_t kDescriptorsOfVisitors = 2;

using At = std::vector<Sample>::const_iterator;
std::uint64_t fewest_descriptors(At begin, At end) {
  return std::min_element(begin, end,
                          [](const Sample& a, const Sample& b) {
                            return a.size.descriptors < b.size.descriptors;
                          })
      ->size.descriptors;
}

}  // namespace

double slope_of(const std::vector<Sample>& samples) {
  const double count = static_cast<double>(samples.size());
  double x_mean = 0, y_mean = 0;
  for (const Sample& sample : samples) {
    x_mean += sample.visits / count;
    y_mean += static_cast<double>(sample.size.rss_bytes) / count;
  }
  double covariance = 0, variance = 0;
  for (const Sample& sample : samples) {
    const double x = sample.visits - x_mean;
    covariance += x * (static_cast<double>(sample.size.rss_bytes) - y_mean);
    variance += x * x;
  }
  return variance == 0 ? 0 : covariance / variance;
}

double slope_allowed(const std::vector<Sample>& samples) {
  return std::max(kBytesPerVisit, kBytesPerRun / (samples.back().visits - samples.front().visits));
}

std::string complaint_about(const std::vector<Sample>& samples) {
  std::string complaint;
  const double slope = slope_of(samples), allowed = slope_allowed(samples);
  if (slope > allowed) {
    complaint = "its memory grows by " + std::to_string(slope) + " bytes a visit, " +
                std::to_string(allowed) + " are allowed; ";
  }
  const auto middle = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2);
  const std::uint64_t before = fewest_descriptors(samples.begin(), middle),
                      after = fewest_descriptors(middle, samples.end());
  if (after > before + kDescriptorsOfVisitors) {
    complaint += "its descriptors grew from " + std::to_string(before) + " to " +
                 std::to_string(after) + "; ";
  }
  return complaint;
}

}  // namespace trunkline::tests
