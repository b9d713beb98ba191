// The figures of an experiment, as data (lab/plot.h). Pure, but for traced messages, which are
// streamed from their files.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lab/experiment_results.h"
#include "lab/plot.h"
#include "lab/traced_messages.h"

namespace trunkline::lab {

struct Figures {
  std::vector<Plot> plots;
  std::vector<std::pair<std::string, std::string>> left_out;  // what, and why
};
Figures figures_of(const RecordedExperiment& experiment, const ExperimentData& data);

// Its parts. Nothing: there is no data for it.
Plot percentile_figure(const RecordedExperiment& experiment, const ExperimentData& data);
Plot distribution_figure(const RecordedExperiment& experiment, const ExperimentData& data);
Plot tail_figure(const RecordedExperiment& experiment, const ExperimentData& data);
// Latency against what is swept. REQUIRES: something is.
Plot axis_figure(const RecordedExperiment& experiment, const ExperimentData& data);
Plot seconds_figure(const RecordedExperiment& experiment, const ExperimentData& data);
Plot launches_figure(const RecordedExperiment& experiment, const ExperimentData& data);
Plot clock_figure(const ExperimentData& data);
// p50, p99 and count between places, of one arm; empty where fewer than two places sent.
std::vector<Plot> pair_figures(const RecordedExperiment& experiment, const ExperimentData& data,
                               const RecordedArm& arm);
Plot bands_figure(const std::string& suffix, const std::string& title,
                  const std::vector<Band>& bands);
Plot waits_figure(const RecordedExperiment& experiment, const ExperimentData& data,
                  const RecordedArm& arm);
// Of the headline's cell, in launches where it counts.
std::vector<Band> bands_of_arm(const RecordedExperiment& experiment, const ExperimentData& data,
                               const std::string& arm);

}  // namespace trunkline::lab
