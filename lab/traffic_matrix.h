// Who sends to whom, by the places (ranks or edges) where clients are: the part that each ordered
// pair of places has in all messages.
//
//   uniform        any place to any other
//   zipf:S         from any; the k-th place is sent to in proportion to 1 / k^S
//   neighbour:K    to the K next places on either side, in a ring
//   hotspot:P      a part P to the first place, the rest uniform
//   a2a            as uniform, but each pair in turn
//   perm           each place to one other and from one other, by the seed
//   incast         all to the first place
//   file:PATH      as many lines of as many numbers as there are places, row sends to column
//
// No place sends to itself, but a file may say so, and where there is one place it does.
// Pure but for reading the file. Threads: const calls from any.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace trunkline::lab {

struct TrafficMatrix {
  std::size_t places = 0;
  std::vector<double> parts;  // row by row; their sum is 1
  bool in_turn = false;       // else by chance

  double part(std::size_t from, std::size_t to) const { return parts[from * places + to]; }
};

// Throws std::runtime_error that says what is wrong with the words or the file.
// REQUIRES: 0 < places.
TrafficMatrix make_traffic_matrix(const std::string& words, std::size_t places, std::uint64_t seed);

}  // namespace trunkline::lab
