// The road of a message as a chart: each stretch where it begins, as long as it takes.
#include <algorithm>

#include "lab/figures.h"
#include "lab/format.h"
#include "lab/hop_account.h"

namespace trunkline::lab {
namespace {

struct Kind {
  StretchKind kind;
  const char* name;
};
constexpr Kind kKinds[] = {{StretchKind::wait, "waits"},
                           {StretchKind::work, "is worked on"},
                           {StretchKind::road, "is on its way"}};

}  // namespace

Plot waits_figure(const RecordedExperiment& experiment, const ExperimentData& data,
                  const RecordedArm& arm) {
  const bool several = experiment.arms.size() > 1;
  Plot plot{"waits" + (several ? "_" + arm.name : ""),
            "Where it waits: " + experiment.label_of_cell(data.headline) +
                (several ? ", " + arm.label : ""),
            "Mean of each stretch of the road, one-way, one after the other from when the message "
            "was due, by postcards; of all launches. They add up.",
            {"since it was due (µs)", "us"},
            {"", "stretch", Scale::names}};
  const HopAccount account = wait_account(data, arm.name, data.headline);
  if (account.hops.empty()) return plot;
  for (std::size_t look = 0; look < std::size(kKinds); ++look) {
    plot.series.push_back({kKinds[look].name, kKinds[look].name, Shape::bars, look, {}, false, {}});
  }
  double from = 0;
  for (const HopMean& hop : account.hops) {
    const auto stretch = stretch_of_wait(hop.series);
    if (!stretch) continue;
    // What only some messages met counts for that share.
    const double part =
        hop.mean_us * static_cast<double>(hop.n) / static_cast<double>(account.messages);
    const auto y = static_cast<double>(plot.y.names.size());
    plot.y.names.push_back(name_of(*stretch));
    const StretchKind kind = kind_of(*stretch);
    const auto* const known =
        std::ranges::find_if(kKinds, [kind](const Kind& one) { return one.kind == kind; });
    plot.series[static_cast<std::size_t>(known - std::begin(kKinds))].points.push_back(
        {part, y, from, from + part, {}, number_text(part) + " µs"});
    from += part;
  }
  plot.caption += " " + count_text(static_cast<double>(account.messages)) + " messages.";
  return plot;
}

}  // namespace trunkline::lab
