#include "lab/launch.h"

namespace trunkline::lab {

void run_cells(const Experiment& experiment, const std::vector<std::size_t>& order,
               const Target& target, LaunchRecord* record, const LaunchEvents& events) {
  for (const std::size_t index : order) {
    const Cell& cell = experiment.cells[index];
    LoadConfig load = load_of(cell, target.urls, target.logins, experiment.seed);
    load.verify_certificate = target.verify_certificate;
    load.pids = target.pids;
    load.cluster = target.cluster;
    load.cell = static_cast<std::uint32_t>(index);
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
    const LoadResult result = run_load(load, on_progress, on_slice);
    if (record != nullptr) record->add(index, label_of(cell), load, result);
    if (events.on_cell) events.on_cell(index, load, result);
  }
}

}  // namespace trunkline::lab
