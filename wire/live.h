// What the live page of an edge asks of ranks: the verb `metrics`, which an edge may ask of any
// rank, with one of these as its argument. Nothing of it travels while nobody looks at a page.
#pragma once

#include <cstddef>
#include <string_view>

#include "wire/ids.h"

namespace trunkline::wire {

// Answered with JSON (backbone/live.h); the rank then asks the others for their turn, so that the
// next answer can tell how far they are.
inline constexpr std::string_view kAskLive = "live";
// From rank to rank: answered with nothing, in the turn in which it was taken.
inline constexpr std::string_view kAskTurn = "turn";
// The port number to which such an answer goes; no port of an edge has it.
inline constexpr PortId kTurnPort = 0xfffffffe;
static_assert(kTurnPort != kAdminPort);

// A page shows so many ranks, the first ones: pairs grow as the square of it.
inline constexpr std::size_t kLiveRanksMax = 64;

}  // namespace trunkline::wire
