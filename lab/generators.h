// Several generator processes, where one is not enough: each has a share of the pairs, sends its
// share of one schedule (schedule.h), and tells each second what it measured. This process starts
// them, names the moment at which all begin, and puts together what they tell, losslessly.
//
// Each is this program again (`trunkline-lab generate`), and speaks by its standard input and
// output (generator_lines.h). All are on this host, so they share one clock.
#pragma once

#include "lab/cell.h"

namespace trunkline::lab {

// As run_load(). `config`: load_of(cell), with what else is wanted. `count`: at least 2, and at
// most one for each pair. Throws std::runtime_error also if a generator dies.
LoadResult run_generators(const Cell& cell, const LoadConfig& config, std::size_t count,
                          const OnProgress& on_progress, const OnSlice& on_slice = {});

// In a generator: does what the lines on standard input say. Returns the exit status of the
// program. The process ends when its parent does.
int generate();

}  // namespace trunkline::lab
