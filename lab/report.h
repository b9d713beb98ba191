// What a run says at its end, for people and for programs; and while it runs.
#pragma once

#include <string>

#include "lab/load.h"

namespace trunkline::lab {

std::string text_report(const LoadConfig& config, const LoadResult& result);
std::string json_report(const LoadConfig& config, const LoadResult& result);

// What a run leaves to be desired, one sentence each; empty: nothing. `failed`: the cluster broke a
// promise (a stored message was lost, repeated or shown out of order).
struct Verdict {
  bool failed = false;
  std::vector<std::string> remarks;
};
Verdict judge(const LoadConfig& config, const LoadResult& result);

// One line, without its end.
std::string progress_line(const Progress& progress);

}  // namespace trunkline::lab
