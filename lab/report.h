// What a run says at its end, for people and for programs; and while it runs.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>

#include "lab/load.h"

namespace trunkline::lab {

std::string text_report(const LoadConfig& config, const LoadResult& result);
boost::json::object json_report(const LoadConfig& config, const LoadResult& result);

// Of a cell that was not run, as text or as a JSON object; one line, without its end.
std::string left_out_report(const std::string& label, const std::string& why, bool as_json);

// One line, without its end.
std::string progress_line(const Progress& progress);

}  // namespace trunkline::lab
