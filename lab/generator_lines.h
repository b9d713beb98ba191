// What a generator process and its parent say to each other, a JSON object a line, losslessly.
//
// Pure. Errors are exceptions of boost::json, or std::runtime_error.
#pragma once

#include <boost/json.hpp>
#include <string>

#include "lab/cell.h"

namespace trunkline::lab {

// To the generator: what it is to do. Where the servers' CPU and counters are read, and when it
// begins, it does not learn by that.
std::string config_line(const Cell& cell, const LoadConfig& config);
LoadConfig config_of_line(const std::string& line);

// From it.
boost::json::object to_json(const Progress& progress);
Progress progress_from_json(const boost::json::object& object);
boost::json::object to_json(const Slice& slice);
// Added to what other generators measured in the same second.
void add_slice(Slice& slice, const boost::json::object& object);
// But for what stands in slices.
boost::json::object to_json(const LoadResult& result);
void add_result(LoadResult& result, const boost::json::object& object);

}  // namespace trunkline::lab
