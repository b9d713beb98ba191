// What tracing costs: the medians of messages that carry stamps, beside those of messages that
// carry an empty block of them (pad), launch by launch. Pure, but for what reads.
#pragma once

#include <string>
#include <vector>

#include "lab/cell.h"

namespace trunkline::lab {

// The same load four times: off, pad, 1:64, all.
std::vector<Cell> overhead_cells(const Cell& cell);

// Of one launch, the median latency in microseconds of each of these cells, in their order.
using LaunchMedians = std::vector<double>;
// Of the launches that finished all `cells` cells. Throws std::runtime_error that names the file.
std::vector<LaunchMedians> read_medians(const std::string& directory, std::size_t cells);

// A table: shift against pad, by the differences within each launch, with its interval and the half
// width of that beside the median.
std::string overhead_text(const std::vector<LaunchMedians>& launches);
// True: the interval of 1:64 against pad includes 0. Absent launches: false.
bool tracing_cannot_be_told(const std::vector<LaunchMedians>& launches);

}  // namespace trunkline::lab
