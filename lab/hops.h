// Where the time of a message went, from the stamps that each stage wrote into it (wire/stamps.h).
#pragma once

#include <map>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "lab/histogram.h"
#include "lab/stage_names.h"
#include "wire/stamps.h"

namespace trunkline::lab {

// From one stamp that is present to the next one that is: a message that met no MPI has one hop
// from the rank's ZeroMQ to its ZeroMQ.
struct Hop {
  wire::Stamp from = wire::Stamp::client_send, to = wire::Stamp::client_receive;
  std::int64_t nanoseconds = 0;  // exact while below 2.1 s; negative where clocks disagree
};
std::vector<Hop> hops_of(const wire::StampBlock& block);

// "edge to ZeroMQ -> rank", for people.
std::string_view name_of(wire::Stamp stamp);
// "edge_out", in files.
std::string_view word_of(wire::Stamp stamp);

// Hops of many messages. Paths may differ: each pair of stamps is a row, told with its count.
class HopTable {
 public:
  void add(const wire::StampBlock& block);
  std::uint64_t messages() const { return end_to_end_.count(); }

  struct Row {
    wire::Stamp from, to;
    const Histogram* times;
  };
  std::vector<Row> rows() const;  // in the order of the road
  // Those that end with a rank taking the message, by what the rank did before.
  struct IdleRow {
    wire::Stamp from, to;
    wire::Idle idle;
    const Histogram* times;
  };
  std::vector<IdleRow> idle_rows() const;
  // From the sender's first stamp to the receiver's: for each message, exactly the sum of its hops.
  const Histogram& end_to_end() const { return end_to_end_; }

 private:
  std::map<std::pair<wire::Stamp, wire::Stamp>, Histogram> rows_;
  std::map<std::tuple<wire::Stamp, wire::Stamp, wire::Idle>, Histogram> idle_rows_;
  Histogram end_to_end_;
};

}  // namespace trunkline::lab
