// A cell of an experiment: one load, in one setting, independent of the cluster that it is put on.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <vector>

#include "lab/load.h"

namespace trunkline::lab {

struct Cell {
  wire::MessageClass message_class = wire::MessageClass::direct;
  Protocol protocol = Protocol::bin;
  std::size_t pairs = 1;
  double rate_per_second = 1'000;  // all pairs together
  std::string arrivals = "const";  // arrivals.h
  std::string matrix;              // traffic_matrix.h; empty: from the first edge to the last
  std::size_t window = 0;          // 0: open loop
  std::size_t body_bytes = 64;
  double warmup_s = 1, measured_s = 5;
  // Hop by hop: off; pad, messages carry an empty block of stamps; all of them, or 1:N; auto, all
  // up to 1,000/s, else 1:64.
  std::string trace = "off";
  TraceMode trace_mode = TraceMode::in_band;
};

// "1000/s, 64 B, stored": what tells it apart, for people.
std::string label_of(const Cell& cell);

// Throws std::runtime_error that names a value that makes no sense.
void check_cell(const Cell& cell);

// "inband", "postcard" or "both". Throws std::runtime_error.
TraceMode trace_mode_of(const std::string& word);

// Its names are those of `run --json` and of the experiment's file. from_json throws
// std::runtime_error that names what is wrong.
boost::json::object to_json(const Cell& cell);
Cell cell_from_json(const boost::json::object& object);

// What is put on these edges. Throws std::runtime_error for words that mean nothing (matrix), or
// if there are fewer than two users for each pair.
LoadConfig load_of(const Cell& cell, const std::vector<std::string>& urls,
                   std::vector<Login> logins, std::uint64_t seed);
// How many pairs that will be: with a matrix there may be more than the cell asks for.
std::size_t pairs_of(const Cell& cell, std::size_t places, std::uint64_t seed);

}  // namespace trunkline::lab
