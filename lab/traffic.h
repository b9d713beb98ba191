// Which pair sends next: pairs of clients at places (edges), and the order in which they send.
//
// Pure. Threads: one.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "lab/traffic_matrix.h"

namespace trunkline::lab {

struct Ends {
  std::size_t from = 0, to = 0;  // places
};

class Traffic {
 public:
  Traffic() = default;
  // Pairs in turn, each between the places that are given.
  explicit Traffic(std::vector<Ends> pairs) : pairs_(std::move(pairs)) {}
  // At least one pair for each two places between which something is sent, the others in
  // proportion; so there may be more than `pairs`. Who sends is drawn by the matrix (or goes in
  // turn, where it says so), and goes round among the pairs of those two places.
  Traffic(const TrafficMatrix& matrix, std::size_t pairs, std::uint64_t seed);

  const std::vector<Ends>& pairs() const { return pairs_; }
  // The number of the pair that sends next. REQUIRES: there is one.
  std::size_t next();

 private:
  struct Group {       // pairs between the same two places
    double until = 0;  // of the drawn number
    std::size_t first = 0, count = 0, turn = 0;
  };

  std::vector<Ends> pairs_;
  std::vector<Group> groups_;  // none: pairs in turn
  bool in_turn_ = false;
  std::size_t turn_ = 0;
  std::mt19937_64 chance_;
};

}  // namespace trunkline::lab
