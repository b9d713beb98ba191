// Whether what a process holds stays flat while others come and go: samples, and the slope of a
// straight line through them (least squares). Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lab/process_meter.h"

namespace trunkline::tests {

struct Sample {
  double visits = 0;
  lab::ProcessSize size;
};

// Bytes of RSS per visit.
double slope_of(const std::vector<Sample>& samples);

// What a slope may be: 32 bytes a visit, or 1 MiB over all of a short run, in which single pages
// count.
double slope_allowed(const std::vector<Sample>& samples);

// What is wrong with them, for people; empty: flat. Of descriptors the fewest in each half count;
// two more are those of somebody who asks how it is.
std::string complaint_about(const std::vector<Sample>& samples);

}  // namespace trunkline::tests
