// What a run learned of the clocks behind its stamps, and what follows for its hops. Pure.
// Threads: none.
#pragma once

#include <boost/json/fwd.hpp>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "lab/corrected_stamps.h"
#include "lab/hops.h"

namespace trunkline::lab {

class ClockFindings {
 public:
  // Nobody looked.
  ClockFindings() = default;
  // `problem`: why clocks were not compared; empty: they were.
  ClockFindings(const ClockExchanges& exchanges, ClockAlgorithm algorithm, std::string problem);

  bool looked() const { return looked_; }
  // Clocks on the roads of the run; 0: not known. One is exact.
  std::size_t hosts() const { return stamps_.net().nodes.size(); }
  ClockAlgorithm algorithm() const { return algorithm_; }
  const std::string& problem() const { return problem_; }
  // Two hosts with one number, or a clock that goes back.
  bool contradicted() const { return contradicted_; }
  const CorrectedStamps& stamps() const { return stamps_; }

  // Adds the hops of a traced message, by one clock, to the table.
  void add(const wire::StampBlock& block, std::size_t to_place, HopTable& hops);

  // How far a hop may be from the truth, of all messages the worst.
  struct Bound {
    std::int64_t worst_ns = 0;  // 0: one clock, exact
    bool known = true;          // else it may be anything
  };
  Bound bound(wire::Stamp from, wire::Stamp to) const;
  const std::map<std::pair<wire::Stamp, wire::Stamp>, Bound>& bounds() const { return bounds_; }
  // Hops that took less than nothing by more than their bound, or by anything where they have none:
  // clocks are then not where they are said to be.
  std::uint64_t violations() const { return violations_; }
  std::int64_t worst_violation_ns() const { return worst_violation_ns_; }  // beyond the bound

 private:
  bool looked_ = false, contradicted_ = false;
  ClockAlgorithm algorithm_ = ClockAlgorithm::hull;
  std::string problem_;
  CorrectedStamps stamps_{{}, {}};
  std::map<std::pair<wire::Stamp, wire::Stamp>, Bound> bounds_;
  std::uint64_t violations_ = 0;
  std::int64_t worst_violation_ns_ = 0;
};

// The widest of the bounds that hold for certain; absent: there is none.
std::optional<std::int64_t> widest_bound(const ClockFindings& findings);
// As `run --json` and cells.jsonl have it, with what CorrectedStamps needs to know of the nodes;
// null: nobody looked.
boost::json::value to_json(const ClockFindings& findings);
// A sentence: "single host", or how many and how well they are known. Empty: nobody looked.
std::string clock_sentence(const ClockFindings& findings);

}  // namespace trunkline::lab
