#include "lab/precision.h"

#include <limits>

namespace trunkline::lab {

std::optional<Precision> precision_of(const RecordedExperiment& experiment,
                                      const ExperimentData& data) {
  std::optional<Precision> widest;
  for (const RecordedArm& arm : experiment.arms) {
    for (const PlannedCell& cell : experiment.cells) {
      const Estimate p50 = estimate_of(data, arm.name, cell.number, "shown", "p50");
      if (p50.n == 0 || saturated(experiment, arm.name, cell.number)) continue;
      const auto interval = p50.interval();
      const double width = interval ? (interval->high - interval->low) / *p50.middle()
                                    : std::numeric_limits<double>::infinity();
      if (widest && widest->width >= width) continue;
      widest = {width, cell.label + (experiment.arms.size() > 1 ? " (" + arm.label + ")" : "")};
    }
  }
  return widest;
}

}  // namespace trunkline::lab
