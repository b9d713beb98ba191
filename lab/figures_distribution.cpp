// Figures of how latencies are distributed: percentiles, both distributions, and launch by launch.
#include <algorithm>
#include <cmath>

#include "lab/figures.h"
#include "lab/format.h"

namespace trunkline::lab {
namespace {

constexpr double kNsPerUs = 1000;
constexpr int kSteps = 100;  // of a curve beyond nine in ten

double us_at(const Histogram& times, double quantile) {
  return static_cast<double>(times.at(quantile)) / kNsPerUs;
}

// The furthest that may be told of so many samples.
double last_quantile(std::uint64_t n) {
  return std::exp(std::log((1 - kConfidence) / 2) / static_cast<double>(n));
}

// Evenly up to nine in ten, then as far from each other as their nines are.
std::vector<double> quantiles_for(const Histogram& times) {
  constexpr double kEven = 0.9, kStep = 0.01;
  std::vector<double> quantiles;
  const double last = last_quantile(times.count());
  for (double quantile = 0; quantile < std::min(kEven, last); quantile += kStep) {
    quantiles.push_back(quantile);
  }
  const double nines = -std::log10(1 - last);
  for (int i = 0; i <= kSteps && nines > 1; ++i) {
    const double at = 1 + (nines - 1) * static_cast<double>(i) / kSteps;
    quantiles.push_back(1 - std::pow(10, -at));
  }
  return quantiles;
}

// One curve for each arm, of all launches together, and each launch beside it.
struct Curve {
  std::string name, legend;
  std::size_t look = 0;
  bool faint = false;
  const Histogram* times = nullptr;
};
std::vector<Curve> curves_of(const RecordedExperiment& experiment, const ExperimentData& data,
                             bool with_launches) {
  std::vector<Curve> curves;
  const bool one = experiment.arms.size() == 1;
  for (std::size_t i = 0; i < experiment.arms.size(); ++i) {
    const RecordedArm& arm = experiment.arms[i];
    for (const auto& [run, times] : data.headline_shown) {
      if (!with_launches || run->arm != arm.name) continue;
      curves.push_back({"launch " + std::to_string(run->launch),
                        one ? "each launch" : arm.label + ", each launch", i, true, &times});
    }
    const std::string of_arm = one ? "" : arm.label + ", ";
    if (const Histogram* shown = data.pooled_of(arm.name, data.headline, "shown")) {
      curves.push_back({of_arm + "shown", of_arm + "shown (one-way)", i, false, shown});
    }
    if (const Histogram* stored = data.pooled_of(arm.name, data.headline, "stored")) {
      curves.push_back(
          {of_arm + "stored", of_arm + "STORED (rtt)", i + experiment.arms.size(), false, stored});
    }
  }
  return curves;
}

// `point_of`: (quantile, microseconds).
template <class PointOf>
std::vector<Series> series_of(const std::vector<Curve>& curves, const PointOf& point_of) {
  std::vector<Series> all;
  for (const Curve& curve : curves) {
    Series series{curve.name, curve.legend, Shape::line, curve.look, {}, curve.faint, {}};
    if (curve.times->count() < samples_needed(0.5)) continue;
    for (const double quantile : quantiles_for(*curve.times)) {
      const auto [x, y] = point_of(quantile, us_at(*curve.times, quantile));
      series.points.push_back({x, y});
    }
    all.push_back(std::move(series));
  }
  return all;
}

std::string cell_words(const RecordedExperiment& experiment, const ExperimentData& data) {
  return experiment.label_of_cell(data.headline);
}

const Axis kLatency{"latency from the due time (µs)", "latency_us", Scale::log};

// How many messages took about so long, for each step of a twentieth of a decade.
struct Density {
  std::vector<double> at_us, part;  // of the most frequent
};
Density density_of(const Histogram& times) {
  constexpr double kPerDecade = 24;
  std::vector<double> counts;
  const auto bin_of = [](double us) {
    return static_cast<int>(std::floor(kPerDecade * std::log10(std::max(us, 1e-3))));
  };
  const int first = bin_of(us_at(times, 0)),
            last = bin_of(static_cast<double>(times.max()) / kNsPerUs);
  counts.resize(static_cast<std::size_t>(std::max(0, last - first)) + 1);
  for (std::size_t place = 0; place < times.counts().size(); ++place) {
    if (times.counts()[place] == 0) continue;
    const int bin = bin_of(static_cast<double>(Histogram::value_at(place)) / kNsPerUs);
    const auto at = static_cast<std::size_t>(std::clamp(bin - first, 0, last - first));
    counts[at] += static_cast<double>(times.counts()[place]);
  }
  const double most = *std::max_element(counts.begin(), counts.end());
  Density density;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    density.at_us.push_back(std::pow(10, (first + static_cast<double>(i) + 0.5) / kPerDecade));
    density.part.push_back(counts[i] / most);
  }
  return density;
}

// Up on the left, down on the right.
std::vector<Point> outline_of(const Density& density, double middle) {
  constexpr double kHalf = 0.42, kThinnest = 0.006;  // where there is one message, it is seen
  std::vector<Point> points;
  const auto half_at = [&](std::size_t i) {
    return density.part[i] == 0 ? kThinnest / 2 : kHalf * std::max(kThinnest, density.part[i]);
  };
  for (std::size_t i = 0; i < density.part.size(); ++i) {
    points.push_back({middle - half_at(i), density.at_us[i]});
  }
  for (std::size_t i = density.part.size(); i-- > 0;) {
    points.push_back({middle + half_at(i), density.at_us[i]});
  }
  return points;
}

}  // namespace

Plot percentile_figure(const RecordedExperiment& experiment, const ExperimentData& data) {
  Plot plot{
      "percentiles",
      "Percentiles by nines: " + cell_words(experiment, data),
      "Thick: all launches together; thin: each launch. A line ends where samples are too few "
      "to tell more.",
      {"share of messages that are not slower", "quantile", Scale::nines},
      kLatency};
  plot.series = series_of(curves_of(experiment, data, true),
                          [](double quantile, double us) { return std::pair(quantile, us); });
  return plot;
}

Plot tail_figure(const RecordedExperiment& experiment, const ExperimentData& data) {
  Plot plot{"ccdf",
            "Slower than this (CCDF): " + cell_words(experiment, data),
            "All launches together. Both axes are logarithmic: a tail that falls in a line has no "
            "scale of its own.",
            kLatency,
            {"share of messages that are slower", "slower", Scale::log}};
  plot.series = series_of(curves_of(experiment, data, false),
                          [](double quantile, double us) { return std::pair(us, 1 - quantile); });
  return plot;
}

Plot distribution_figure(const RecordedExperiment& experiment, const ExperimentData& data) {
  Plot plot{"cdf",
            "Not slower than this (CDF): " + cell_words(experiment, data),
            "All launches together.",
            kLatency,
            {"share of messages that are not slower", "not_slower"}};
  plot.series = series_of(curves_of(experiment, data, false),
                          [](double quantile, double us) { return std::pair(us, quantile); });
  return plot;
}

Plot launches_figure(const RecordedExperiment& experiment, const ExperimentData& data) {
  Plot plot{
      "launches",
      "Launch by launch, shown one-way: " + cell_words(experiment, data),
      "How often a latency came, as width; from the fastest message to the slowest. The mark is "
      "the median.",
      {"launch", "launch", Scale::names},
      kLatency};
  for (const auto& [run, times] : data.headline_shown) {
    const auto arm =
        std::find_if(experiment.arms.begin(), experiment.arms.end(),
                     [run = run](const RecordedArm& one) { return one.name == run->arm; });
    const auto look = static_cast<std::size_t>(arm - experiment.arms.begin());
    const auto middle = static_cast<double>(plot.x.names.size());
    const std::string number = std::to_string(run->launch);
    plot.x.names.push_back(number);
    const std::string label = experiment.label_of_arm(run->arm);
    plot.series.push_back({"launch " + number,
                           experiment.arms.size() == 1 ? "" : label,
                           Shape::outline,
                           look,
                           {},
                           false,
                           outline_of(density_of(times), middle)});
    plot.series.push_back(
        {"median " + number,
         "",
         Shape::points,
         6,
         {},
         false,
         {{middle,
           us_at(times, 0.5),
           {},
           {},
           {},
           "launch " + number + ": median " + number_text(us_at(times, 0.5)) + " µs"}}});
  }
  return plot;
}

}  // namespace trunkline::lab
