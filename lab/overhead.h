// What tracing costs, launch by launch. Two designs: whole cells, whose median is held against that
// of messages with an empty block of stamps (pad); and one cell in which each message draws whether
// it is traced, so that traced and padded ones meet the same moments of a machine that others
// share. The second tells far smaller differences, the first those that all messages share. Pure,
// but for what reads.
#pragma once

#include <string>
#include <vector>

#include "lab/cell.h"

namespace trunkline::lab {

// The same load six times: off, pad, 1:64, all, all by postcards, and half of them (drawn).
std::vector<Cell> overhead_cells(const Cell& cell);

// Of one launch, median latencies in microseconds.
struct LaunchMedians {
  std::vector<double> cells;      // in their order
  double traced = 0, padded = 0;  // of the last cell, in which messages draw
};
// Of the launches that finished all `cells` cells. Throws std::runtime_error that names the file.
std::vector<LaunchMedians> read_medians(const std::string& directory, std::size_t cells);

// A table: shift against pad, by the differences within each launch, with its interval and the half
// width of that beside the median; of the last cell traced against padded messages.
std::string overhead_text(const std::vector<LaunchMedians>& launches);
// True: the interval includes 0. Absent launches: false. Of whole cells, 1:64 against pad; and of
// messages that drew.
bool tracing_cannot_be_told(const std::vector<LaunchMedians>& launches);
bool traced_messages_cannot_be_told(const std::vector<LaunchMedians>& launches);

}  // namespace trunkline::lab
