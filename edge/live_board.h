// What the ranks told the live page, kept for everybody who looks at it.
//
// Ranks are asked at most once a second, whoever looks and by whichever event loop, and not at all
// when nobody does. The rank of the port is asked first: it tells how many there are. Rates are
// differences of a rank's counters over that rank's own clock.
//
// Threads: any; taken once for each look and each answer of a rank, never per message.
#pragma once

#include <boost/json/object.hpp>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "wire/bytes.h"
#include "wire/ids.h"

namespace trunkline::edge {

// {"edge":…,"edge_rank":…,"edge_rtt_us":…,"ranks_total":…,"every_ms":1000,"ranks":[…]}: of each
// rank what backbone/live.h says, with `rates` (a second; null at the first look), `commit_mean_us`
// (null where nothing was committed) and `age_ms`.
using LiveSnapshot = boost::json::object;
std::string live_json(const LiveSnapshot& snapshot);

class LiveBoard {
 public:
  static constexpr std::int64_t kAskEveryUs = 1'000'000;
  static constexpr unsigned kLooksPerSecondMax = 16;  // so many pages at once
  static constexpr std::int64_t kRecentUs = 5'000'000;

  explicit LiveBoard(std::string edge) : edge_(std::move(edge)) {}

  struct Looked {
    bool admitted = false;
    std::vector<wire::RankId> ask;  // these, for `live` (wire/live.h); empty: it was done just now
  };
  // Somebody looks. `own`: the rank of the port.
  Looked look(std::int64_t now_us, wire::RankId own);

  // A rank has answered (empty: it could not). Returns whom to ask besides.
  std::vector<wire::RankId> take(wire::RankId rank, wire::BytesView text, std::int64_t now_us);
  // The rank of the port has answered for its turn, after so long.
  void reached(std::int64_t took_us);

  // All who were asked have answered.
  bool is_ready();
  // Ranks that have not answered for 5 s are left out.
  LiveSnapshot snapshot(std::int64_t now_us);

 private:
  struct Told {
    boost::json::object what;
    std::int64_t at_us = 0;
  };
  std::vector<wire::RankId> unasked();

  std::mutex mutex_;  // guards all below
  const std::string edge_;
  wire::RankId own_ = wire::kNoRank;
  std::size_t ranks_ = 0;  // of the cluster; 0: not known yet
  std::int64_t asked_us_ = -kAskEveryUs, edge_rtt_us_ = 0;
  std::int64_t second_us_ = -kAskEveryUs;  // when the second began of which looks_ counts
  unsigned looks_ = 0;
  std::set<wire::RankId> asked_, pending_;  // in this round
  std::map<wire::RankId, Told> told_;
};

}  // namespace trunkline::edge
