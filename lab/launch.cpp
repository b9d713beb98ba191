#include "lab/launch.h"

#include <algorithm>

#include "lab/checks.h"
#include "lab/clock_probes.h"
#include "lab/generators.h"

namespace trunkline::lab {

namespace {

// Of the cluster: a generator that could not keep up says nothing of it.
bool is_saturated(const LoadConfig& load, const LoadResult& result) {
  return steadiness_of(result.tenths, result.due) == Steadiness::saturated &&
         all_passed(checks_of(load, result), CheckKind::validity);
}

}  // namespace

LaunchEvents status_events(StatusKeeper& status, const Experiment& experiment) {
  LaunchEvents events;
  events.on_cell_begins = [&](std::size_t cell) { status.begin_cell(experiment.cells[cell]); };
  events.on_progress = [&](std::size_t, const Progress& progress) { status.progress(progress); };
  events.on_slice = [&](const Slice& slice) { status.slice(slice); };
  events.on_left_out = [&](std::size_t cell, const std::string&) {
    status.leave_out(experiment.cells[cell]);
  };
  return events;
}

namespace {

std::size_t most_pairs(const Experiment& experiment, std::size_t places) {
  std::size_t pairs = 0;
  for (const Cell& cell : experiment.cells) {
    pairs = std::max(pairs, pairs_of(cell, places, experiment.seed));
  }
  return pairs;
}

}  // namespace

std::size_t users_needed(const Experiment& experiment, std::size_t places) {
  return 2 * most_pairs(experiment, places) + ClockProbes::logins_needed(places);
}

void give_logins(Target& target, const Experiment& experiment, std::vector<Login> logins) {
  const std::size_t places = target.urls.size(), others = ClockProbes::logins_needed(places);
  const std::size_t pairs = 2 * most_pairs(experiment, places);
  if (logins.size() >= pairs + others) {
    const auto first = logins.begin() + static_cast<std::ptrdiff_t>(pairs);
    target.clock_logins.assign(first, first + static_cast<std::ptrdiff_t>(others));
    logins.resize(pairs);
  }
  target.logins = std::move(logins);
}

void run_cells(const Experiment& experiment, const std::vector<std::size_t>& order,
               const Target& target, LaunchRecord* record, const LaunchEvents& events) {
  std::vector<bool> saturated(experiment.cells.size());
  for (const std::size_t index : order) {
    const Cell& cell = experiment.cells[index];
    if (saturated_below(experiment.cells, saturated, index)) {
      if (record != nullptr) record->leave_out(index, label_of(cell), kSaturatedBelow);
      if (events.on_left_out) events.on_left_out(index, kSaturatedBelow);
      continue;
    }
    LoadConfig load = load_of(cell, target.urls, target.logins, experiment.seed);
    load.verify_certificate = target.verify_certificate;
    load.pids = target.pids;
    load.cluster = target.cluster;
    load.clock = {experiment.clock, experiment.resync_s, target.clock_logins};
    load.cell = static_cast<std::uint32_t>(index);
    load.generators = experiment.generators;
    OnProgress on_progress;
    if (events.on_progress) {
      on_progress = [&](const Progress& progress) { events.on_progress(index, progress); };
    }
    const OnSlice keep = record == nullptr ? OnSlice() : record->keep_slices(index);
    const OnSlice on_slice = [&](const Slice& slice) {
      if (keep) keep(slice);
      if (events.on_slice) events.on_slice(slice);
    };
    if (events.on_cell_begins) events.on_cell_begins(index);
    const LoadResult result =
        experiment.generators > 1
            ? run_generators(cell, load, experiment.generators, on_progress, on_slice)
            : run_load(load, on_progress, on_slice);
    saturated[index] = is_saturated(load, result);
    if (record != nullptr) record->add(index, label_of(cell), load, result);
    if (events.on_cell) events.on_cell(index, load, result);
  }
}

}  // namespace trunkline::lab
