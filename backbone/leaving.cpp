#include "backbone/leaving.h"

#include <algorithm>
#include <iterator>

namespace trunkline::backbone {

std::string_view to_string(LeavingState state) {
  constexpr std::string_view kNames[] = {"serving", "draining", "drained", "stopping",
                                         "quiet",   "sent",     "left",    "gone"};
  static_assert(std::size(kNames) == static_cast<std::size_t>(LeavingState::gone) + 1);
  return kNames[static_cast<std::size_t>(state)];
}

LeavingDeed Leaving::ask(std::int64_t now_us, std::int64_t drain_us, std::int64_t all_us) {
  if (asked()) {
    drain_until_us_ = std::min(drain_until_us_, now_us + drain_us);
    all_until_us_ = std::min(all_until_us_, now_us + all_us);
    return LeavingDeed::none;
  }
  drain_until_us_ = now_us + drain_us;
  all_until_us_ = now_us + all_us;
  state_ = LeavingState::draining;
  return LeavingDeed::drain_edges;
}

LeavingDeed Leaving::step(const Facts& facts) {
  switch (state_) {
    case LeavingState::serving:
    case LeavingState::gone:
      return LeavingDeed::none;
    case LeavingState::draining:
      if (!facts.edges_drained && facts.now_us < drain_until_us_) return LeavingDeed::none;
      state_ = LeavingState::drained;
      return LeavingDeed::begin_barrier;
    case LeavingState::drained:
      if (!facts.barrier_done) return LeavingDeed::none;
      state_ = LeavingState::stopping;
      return LeavingDeed::stop_router;
    case LeavingState::stopping:
      if (!facts.router_quiet) return LeavingDeed::none;
      state_ = LeavingState::quiet;
      return LeavingDeed::begin_barrier;
    case LeavingState::quiet:
      if (!facts.barrier_done) return LeavingDeed::none;
      state_ = LeavingState::sent;
      return LeavingDeed::fall_silent;
    case LeavingState::sent:
      if (!facts.sends_complete) return LeavingDeed::none;
      state_ = LeavingState::left;
      return LeavingDeed::begin_barrier;
    case LeavingState::left:
      if (facts.barrier_done) state_ = LeavingState::gone;
      return LeavingDeed::none;
  }
  return LeavingDeed::none;
}

}  // namespace trunkline::backbone
