// The tables of an experiment for programs: one row per launch, cell, series and quantile
// (lab/OUTPUT.md: summary.csv, summary.jsonl, summary.schema.json). And for people and scripts that
// read standard output.
//
// Pure.
#pragma once

#include <string>

#include "lab/experiment_results.h"

namespace trunkline::lab {

std::string summary_csv(const ExperimentData& data);
std::string summary_json_lines(const ExperimentData& data);
std::string summary_schema();

// `metric: value unit`, a line each, whose names stay the same from version to version:
// A.c0.shown.p50: 283.1 us
std::string metric_lines(const RecordedExperiment& experiment, const ExperimentData& data);
// A table in the shape of the OSU micro-benchmarks for each arm; empty where sizes are not swept.
std::string osu_tables(const RecordedExperiment& experiment, const ExperimentData& data);

}  // namespace trunkline::lab
