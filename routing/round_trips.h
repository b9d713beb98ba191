// How far the other ranks are, for the live page: a question to each that it answers in the turn in
// which it takes it. What is measured is the round trip by this rank's clock, from the turn that
// asked to the turn that took the answer: both links, the peer's turn, and whoever had to be woken.
//
// Nothing is sent unless ask() is called, and no memory is used before it.
#pragma once

#include <optional>
#include <vector>

#include "routing/links.h"
#include "wire/live.h"

namespace trunkline::routing {

class RoundTrips {
 public:
  RoundTrips(Turn& turn, Links& links) : turn_(turn), links_(links) {}

  // Asks every other rank (of the first kLiveRanksMax) that owes no answer.
  void ask();
  void answered(wire::RankId peer);
  // In microseconds, by rank; nothing where none was measured in the last 5 s. Empty before ask().
  std::vector<std::optional<std::int64_t>> recent() const;

 private:
  struct Trip {
    std::int64_t asked_us = 0;  // 0: no answer is owed
    std::int64_t took_us = 0;
    std::int64_t measured_us = 0;  // when; 0: never
  };

  Turn& turn_;
  Links& links_;
  std::vector<Trip> trips_;
};

}  // namespace trunkline::routing
