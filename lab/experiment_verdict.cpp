#include "lab/experiment_verdict.h"

#include <algorithm>
#include <cmath>

#include "lab/format.h"
#include "lab/hop_account.h"
#include "lab/json_fields.h"
#include "lab/precision.h"

namespace trunkline::lab {
namespace json = boost::json;

namespace {

std::string of_all(std::size_t count, std::size_t all) {
  return std::to_string(count) + " of " + std::to_string(all);
}

RecordedCheck launches_check(const RecordedExperiment& experiment) {
  std::size_t least = experiment.launches.size();
  for (const RecordedArm& arm : experiment.arms) {
    const auto complete = std::count_if(
        experiment.launches.begin(), experiment.launches.end(),
        [&](const RecordedLaunch& one) { return one.arm == arm.name && one.complete(); });
    least = std::min(least, static_cast<std::size_t>(complete));
  }
  const std::string each = experiment.arms.size() == 1 ? "" : " of the arm that has least";
  return {"launches", least >= kLaunchesForResult, static_cast<double>(least),
          static_cast<double>(kLaunchesForResult),
          std::to_string(least) + " complete" + each + "; a result takes " +
              std::to_string(kLaunchesForResult) + " fresh launches"};
}

RecordedCheck failed_launches_check(const RecordedExperiment& experiment) {
  std::string which;
  std::size_t failed = 0;
  for (const RecordedLaunch& launch : experiment.launches) {
    if (launch.status != "failed") continue;
    ++failed;
    which += (which.empty() ? ": " : "; ") + std::to_string(launch.number) +
             (launch.why.empty() ? "" : " (" + launch.why + ")");
  }
  const std::string count = of_all(failed, experiment.launches.size());
  return {"no launch failed", failed == 0, static_cast<double>(failed), 0,
          count + " launches failed" + which};
}

RecordedCheck whole_check(const RecordedExperiment& experiment) {
  const std::size_t planned = experiment.launches_planned;
  const auto complete =
      static_cast<std::size_t>(std::count_if(experiment.launches.begin(), experiment.launches.end(),
                                             [](const auto& one) { return one.complete(); }));
  return {"all that was planned", complete >= planned, static_cast<double>(complete),
          static_cast<double>(planned),
          of_all(complete, planned) + " planned launches are complete"};
}

RecordedCheck promises_check(const RecordedExperiment& experiment) {
  const auto cells = all_cells(experiment);
  const auto broken =
      std::count_if(cells.begin(), cells.end(), [](const auto* cell) { return cell->failed; });
  return {"promises kept", broken == 0, static_cast<double>(broken), 0,
          of_all(static_cast<std::size_t>(broken), cells.size()) +
              " cells lost, dropped, repeated or reordered messages, or none arrived"};
}

RecordedCheck void_check(const RecordedExperiment& experiment) {
  const auto cells = all_cells(experiment);
  const auto count =
      std::count_if(cells.begin(), cells.end(), [](const auto* cell) { return cell->is_void; });
  return {"no cell is void", count == 0, static_cast<double>(count), 0,
          of_all(static_cast<std::size_t>(count), cells.size()) +
              " cells are void; the table of cells says why"};
}

RecordedCheck samples_check(const RecordedExperiment& experiment, const ExperimentData& data) {
  std::uint64_t least = 0;
  const std::uint64_t needed = samples_needed(0.99);
  for (const RecordedArm& arm : experiment.arms) {
    const Estimate p99 = estimate_of(data, arm.name, data.headline, "shown", "p99");
    least = &arm == &experiment.arms.front() ? p99.n_least : std::min(least, p99.n_least);
  }
  return {"samples enough for p99", least >= needed, static_cast<double>(least),
          static_cast<double>(needed),
          count_text(static_cast<double>(least)) +
              " samples in the launch that has least; p99 takes " +
              count_text(static_cast<double>(needed))};
}

// Stamps leave nothing out between the first and the last; what is missing was lost on the way to
// the file. Histograms keep three digits. Absent: nothing was traced.
std::optional<RecordedCheck> closure_check(const RecordedExperiment& experiment,
                                           const ExperimentData& data) {
  constexpr double kMost = 0.5;  // percent
  double worst = -1;
  for (const RecordedArm& arm : experiment.arms) {
    const HopAccount account = hop_account(data, arm.name, data.headline);
    if (account.messages == 0) continue;
    const double off = 100 * std::abs(account.sum_us / account.whole_us - 1);
    worst = std::max(worst, off);
  }
  if (worst < 0) return std::nullopt;
  return RecordedCheck{"hops add up", worst <= kMost, worst, kMost,
                       format("their sum is %.2f %% off the end-to-end time", worst)};
}

// Absent where the manifest does not say.
std::optional<RecordedCheck> clean_check(const RecordedExperiment& experiment) {
  const json::value* software = experiment.manifest.if_contains("software");
  if (software == nullptr || !software->is_object()) return std::nullopt;
  const json::value* dirty = software->get_object().if_contains("git_dirty");
  if (dirty == nullptr || !dirty->is_bool()) return std::nullopt;
  const bool clean = !dirty->get_bool();
  return RecordedCheck{"source is committed", clean, std::nullopt, std::nullopt,
                       clean ? "built from a commit, with nothing changed since"
                             : "built from a tree that was changed since its commit"};
}

// Absent: no width was asked for.
std::optional<RecordedCheck> width_check(const RecordedExperiment& experiment,
                                         const ExperimentData& data) {
  if (!experiment.ci_width) return std::nullopt;
  const double limit = 100 * *experiment.ci_width;
  const auto widest = precision_of(experiment, data);
  const bool known = widest && std::isfinite(widest->width);
  const double width = known ? 100 * widest->width : 0;
  const std::string asked = format("; asked for are %g %%", limit);
  return RecordedCheck{"interval narrow enough", known && width < limit,
                       known ? std::optional(width) : std::nullopt, limit,
                       known ? format("the widest interval of p50 is %.1f %% of it, of ", width) +
                                   widest->cell + asked
                             : "too few launches for an interval of p50" + asked};
}

// Each check of cells once, over all cells that are neither void nor saturated: those are listed.
std::vector<RecordedCheck> checks_of_cells(const RecordedExperiment& experiment) {
  struct Found {
    RecordedCheck worst;
    std::size_t failed = 0, all = 0;
  };
  std::vector<Found> found;
  for (const RecordedCell* cell : all_cells(experiment)) {
    if (!cell->counts() || cell->saturated()) continue;
    for (const RecordedCheck& check : cell->checks) {
      auto known = std::find_if(found.begin(), found.end(),
                                [&](const Found& one) { return one.worst.name == check.name; });
      if (known == found.end()) known = found.insert(found.end(), Found{check, 0, 0});
      ++known->all;
      if (check.passed) continue;
      if (known->failed++ == 0) known->worst = check;
    }
  }
  std::vector<RecordedCheck> checks;
  for (Found& one : found) {
    one.worst.text = one.failed == 0
                         ? "in all " + std::to_string(one.all) + " cells"
                         : "not in " + of_all(one.failed, one.all) + " cells: " + one.worst.text;
    checks.push_back(std::move(one.worst));
  }
  return checks;
}

bool passed(const ExperimentVerdict& verdict, const std::string& name) {
  return std::all_of(verdict.checks.begin(), verdict.checks.end(), [&](const RecordedCheck& check) {
    return check.name != name || check.passed;
  });
}

void decide(const RecordedExperiment& experiment, ExperimentVerdict& verdict) {
  const auto cells = all_cells(experiment);
  const auto missed = static_cast<std::size_t>(
      std::count_if(verdict.checks.begin(), verdict.checks.end(),
                    [](const RecordedCheck& check) { return !check.passed; }));
  if (cells.empty()) {
    verdict = {"failed", "Nothing was measured: no cell was finished.", verdict.checks};
  } else if (!passed(verdict, "promises kept")) {
    verdict = {"failed", "The cluster broke a promise while it was measured.", verdict.checks};
  } else if (!passed(verdict, "no launch failed")) {
    verdict = {"failed", "A launch failed; what the others measured is below.", verdict.checks};
  } else if (std::none_of(cells.begin(), cells.end(), [](auto* cell) { return cell->counts(); })) {
    verdict = {"void", "The generator could not drive any cell: nothing is said of the cluster.",
               verdict.checks};
  } else if (!passed(verdict, "launches")) {
    verdict = {"exploratory",
               "Fewer than " + std::to_string(kLaunchesForResult) +
                   " fresh launches: a look, not a result.",
               verdict.checks};
  } else if (missed > 0) {
    verdict = {
        "exploratory",
        of_all(missed, verdict.checks.size()) + " checks did not pass: not to be published so.",
        verdict.checks};
  } else {
    verdict = {"good", "Every check passed.", verdict.checks};
  }
}

json::value or_null(const std::optional<double>& value) {
  return value ? json::value(*value) : json::value();
}

}  // namespace

ExperimentVerdict judge(const RecordedExperiment& experiment, const ExperimentData& data) {
  ExperimentVerdict verdict;
  verdict.checks = {promises_check(experiment), failed_launches_check(experiment),
                    whole_check(experiment),    launches_check(experiment),
                    void_check(experiment),     samples_check(experiment, data)};
  if (const auto closure = closure_check(experiment, data)) verdict.checks.push_back(*closure);
  if (const auto width = width_check(experiment, data)) verdict.checks.push_back(*width);
  if (const auto clean = clean_check(experiment)) verdict.checks.push_back(*clean);
  for (RecordedCheck& check : checks_of_cells(experiment))
    verdict.checks.push_back(std::move(check));
  decide(experiment, verdict);
  return verdict;
}

std::string verdict_json(const RecordedExperiment& experiment, const ExperimentData& data,
                         const ExperimentVerdict& verdict) {
  json::array checks;
  for (const RecordedCheck& check : verdict.checks) {
    checks.push_back({{"name", check.name},
                      {"passed", check.passed},
                      {"value", or_null(check.value)},
                      {"limit", or_null(check.limit)},
                      {"text", check.text}});
  }
  const json::object object{
      {"verdict", verdict.word},
      {"sentence", verdict.sentence},
      {"headline", {{"cell", data.headline}, {"label", experiment.label_of_cell(data.headline)}}},
      {"checks", std::move(checks)}};
  return json::serialize(object) + "\n";
}

}  // namespace trunkline::lab
