// What every part of the router has before its eyes: who this rank is, what time it is, and where
// effects go. One Turn lives as long as its Router; `now` and `effects` are those of the event that
// is being stepped.
#pragma once

#include "routing/router.h"

namespace trunkline::routing {

struct Turn {
  const RouterConfig config;
  const wire::SlotMap slots;
  const wire::StoreOpened opened;
  RouterCounters counters;

  wire::Now now;
  Effects* effects = nullptr;

  bool stopping = false;  // StopAsked came: SENDs are refused
  bool full = false;      // the store has no room

  wire::RankId self() const { return config.self; }
  std::size_t ranks() const { return slots.ranks(); }
  bool is_home(wire::Slot slot) const { return slots.rank_of(slot) == config.self; }
  // True when the simulator has planted `fault` here.
  bool planted(wire::Fault fault) const { return config.fault == fault; }
};

// A deadline that is never reached.
inline constexpr std::int64_t kNever = INT64_MAX;

}  // namespace trunkline::routing
