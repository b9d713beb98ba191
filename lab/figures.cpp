#include "lab/figures.h"

#include <algorithm>

#include "lab/format.h"
#include "lab/recorded_messages.h"

namespace trunkline::lab {
namespace {

// Tiles that have nothing to tell are no figure.
bool has_points(const Plot& plot) {
  return std::any_of(plot.series.begin(), plot.series.end(), [](const Series& series) {
    return std::any_of(series.points.begin(), series.points.end(), [&series](const Point& point) {
      return series.shape != Shape::tiles || point.value;
    });
  });
}

// Of names where there are several arms.
std::string suffix_of(const RecordedExperiment& experiment, const RecordedArm& arm) {
  return experiment.arms.size() == 1 ? "" : "_" + arm.name;
}

class Gathering {
 public:
  void add(Plot plot, const char* why_not) {
    if (has_points(plot)) {
      figures_.plots.push_back(std::move(plot));
    } else {
      leave_out(plot.title, why_not);
    }
  }
  void leave_out(const std::string& what, const std::string& why) {
    figures_.left_out.push_back({what, why});
  }
  Figures take() { return std::move(figures_); }

 private:
  Figures figures_;
};

}  // namespace

std::vector<Band> bands_of_arm(const RecordedExperiment& experiment, const ExperimentData& data,
                               const std::string& arm) {
  return bands_of([&](const std::function<void(const TracedMessage&)>& on_message) {
    for (const RecordedLaunch& launch : experiment.launches) {
      const bool counts =
          std::any_of(launch.cells.begin(), launch.cells.end(), [&](const RecordedCell& run) {
            return run.arm == arm && run.cell == data.headline && run.counts();
          });
      if (!counts) continue;
      read_messages(launch.directory, [&](const TracedMessage& message) {
        if (message.cell == data.headline) on_message(message);
      });
    }
  });
}

Figures figures_of(const RecordedExperiment& experiment, const ExperimentData& data) {
  Gathering gathering;
  constexpr const char* kNothingShown = "no cell that counts has enough messages";
  if (experiment.axis.empty()) {
    gathering.leave_out("Latency against load, size or placement", "nothing was swept");
  } else {
    gathering.add(axis_figure(experiment, data), kNothingShown);
  }
  gathering.add(percentile_figure(experiment, data), kNothingShown);
  gathering.add(tail_figure(experiment, data), kNothingShown);
  gathering.add(distribution_figure(experiment, data), kNothingShown);
  for (const RecordedArm& arm : experiment.arms) {
    const std::vector<Band> bands = bands_of_arm(experiment, data, arm.name);
    const std::string of_arm = experiment.arms.size() == 1 ? "" : ", " + arm.label;
    gathering.add(
        bands_figure(suffix_of(experiment, arm),
                     "Where the time goes: " + experiment.label_of_cell(data.headline) + of_arm,
                     bands),
        "no message was traced");
    gathering.add(waits_figure(experiment, data, arm),
                  "no postcards were kept (--trace-mode postcard)");
  }
  gathering.add(launches_figure(experiment, data), kNothingShown);
  gathering.add(seconds_figure(experiment, data), "no series.csv has a second of this cell");
  for (const RecordedArm& arm : experiment.arms) {
    std::vector<Plot> plots = pair_figures(experiment, data, arm);
    for (Plot& plot : plots) gathering.add(std::move(plot), kNothingShown);
    if (plots.empty()) {
      gathering.leave_out("Latency from place to place, " + arm.label,
                          "all messages went from one place to one other");
    }
  }
  gathering.add(clock_figure(data), experiment.hosts == 1
                                        ? "a single host has one clock: one-way times are exact"
                                        : "no clock.csv was recorded");
  return gathering.take();
}

}  // namespace trunkline::lab
