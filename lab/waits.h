// Where a message waits and where it is worked on, from the postcards that it left at each stage
// (wire/trace.h): every stretch of its road from one card to the next, so that the stretches add up
// to the whole. A rank's hold of a message begins with the turn that took it: what lies before is
// the queue, and is told by what the rank did then.
//
// Pure. Threads: one.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lab/histogram.h"
#include "lab/stage_names.h"
#include "wire/trace.h"

namespace trunkline::lab {

// A point of the road: a stage, or the beginning of the turn in which a rank took the message.
enum class RoadPoint : std::uint16_t {
  client_due,  // when it was to be sent
  client_send,
  edge_in,
  edge_decided,
  edge_out,
  port_turn,  // of the rank that took it from an edge
  rank_in,
  link_turn,  // of the rank that took it from another rank
  rank_matched,
  rank_routed,
  store_asked,
  commit_begun,
  committed,
  rank_durable,
  rank_link,
  rank_out,
  edge_back,
  edge_write,
  edge_written,
  client_receive,
};

// From one point to the next that the message came by.
struct Stretch {
  RoadPoint from = RoadPoint::client_due, to = RoadPoint::client_receive;
  friend auto operator<=>(const Stretch&, const Stretch&) = default;
};
std::string word_of(RoadPoint point);                      // "commit_begun", in files
std::string word_of(const Stretch& stretch);               // "store_asked-commit_begun", in files
std::string name_of(const Stretch& stretch);               // "store queue", for people
std::optional<Stretch> stretch_of(std::string_view word);  // as in files; absent: it is none
std::size_t place_of(const Stretch& stretch);              // on the usual road
// What a message does there.
enum class StretchKind : std::uint8_t { wait, work, road };
StretchKind kind_of(const Stretch& stretch);        // road, where it is not known
bool is_between_processes(const Stretch& stretch);  // which may be on two hosts

// Brings a card's time to the clock that all are compared by. False: nothing is known of the
// clock of its node, and the card does not count.
using ClockOf = std::function<bool(wire::Card& card)>;

class WaitTable {
 public:
  // The cards of all processes and of the laboratory's clients, in any order. A message that lacks
  // a card of its sender or of its receiver is unfinished, and does not count; of one that lost a
  // card on its way the stretches are longer, and still add up.
  void add(std::vector<wire::Card> cards, const ClockOf& clock = {});

  struct Row {
    Stretch stretch;
    const Histogram* times;
    // What lies before a rank's turn, by what the rank did then. Empty of others.
    std::vector<std::pair<wire::Idle, const Histogram*>> by_idle;
  };
  std::vector<Row> rows() const;  // in the order of the road
  std::uint64_t messages() const { return end_to_end_.count(); }
  std::uint64_t unfinished() const { return unfinished_; }
  // From due to received: for each message the sum of its stretches.
  const Histogram& end_to_end() const { return end_to_end_; }

 private:
  struct Times {
    Histogram times;
    std::map<wire::Idle, Histogram> by_idle;
    double begin_ns = 0;  // sum over all, since they were due
  };
  void add_message(std::vector<wire::Card>::const_iterator begin,
                   std::vector<wire::Card>::const_iterator end);

  std::map<Stretch, Times> rows_;
  Histogram end_to_end_;
  std::uint64_t unfinished_ = 0;
};

}  // namespace trunkline::lab
