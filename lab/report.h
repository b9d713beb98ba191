// What a run says at its end, for people and for programs; and while it runs.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>

#include "lab/load.h"

namespace trunkline::lab {

std::string text_report(const LoadConfig& config, const LoadResult& result);
boost::json::object json_report(const LoadConfig& config, const LoadResult& result);

// One line, without its end.
std::string progress_line(const Progress& progress);

}  // namespace trunkline::lab
