// Exchanges between the clocks of a cluster, from messages that went there and at once back: where
// a road crosses from one clock to another, and its return crosses back, four stamps bound their
// difference for certain, however long the message waited in between. Pure. Threads: none.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "lab/clock_road.h"
#include "lab/clock_track.h"

namespace trunkline::lab {

// A message from a place to another, and the one that its receiver sent back at once, with all
// stamps of both roads.
struct PingPong {
  std::size_t from = 0, to = 0;
  wire::StampBlock ping, pong;
  std::int64_t ended_ns = 0;  // by the laboratory's clock, all 64 bits
};

// What was learned of two clocks. Times of each clock have all 64 bits: those of the laboratory's
// are as read, those of others continue from the value nearest to it, because stamps have 32 bits.
struct ClockPair {
  std::uint16_t us = 0, other = 0;
  std::vector<ClockExchange> exchanges;  // by bursts
  std::size_t first_burst = 0;           // so many are of the first one
  // Between which two places the first burst was quickest.
  std::pair<std::size_t, std::size_t> places;
};

// What the four stamps leave open: twice the bound that an exchange alone gives.
std::int64_t round_trip(const ClockExchange& exchange);

class ClockExchanges {
 public:
  explicit ClockExchanges(std::size_t rank_count) { net_.rank_count = rank_count; }

  void add(const PingPong& both);
  // Of what came since the last one, the quarter with the shortest round trips is kept.
  void end_burst();

  const ClockNet& net() const { return net_; }
  const std::vector<ClockPair>& pairs() const { return pairs_; }
  // Two hosts with one number, or a clock that goes back: a message came before it was sent, by
  // what should be one clock. Empty: none did.
  const std::string& contradiction() const { return contradiction_; }

 private:
  struct Visit {  // of a message at a clock
    std::uint16_t node;
    std::int64_t at_ns;
  };
  struct Found {
    ClockExchange exchange;
    std::pair<std::size_t, std::size_t> places;
  };
  void learn(const PingPong& both);
  std::vector<Visit> visits(const PingPong& both);
  std::int64_t whole(std::uint16_t node, std::uint32_t stamp, std::int64_t near_ns);
  void contradict(const std::vector<Visit>& road);

  ClockNet net_;
  std::map<std::uint16_t, std::int64_t> ahead_ns_;  // of the laboratory's clock, when last seen
  std::map<std::pair<std::uint16_t, std::uint16_t>, std::vector<Found>> burst_;
  std::vector<ClockPair> pairs_;
  std::string contradiction_;
};

}  // namespace trunkline::lab
