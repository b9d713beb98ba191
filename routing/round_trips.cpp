#include "routing/round_trips.h"

#include <algorithm>

namespace trunkline::routing {
namespace {

constexpr std::int64_t kRecentUs = 5'000'000;

}  // namespace

void RoundTrips::ask() {
  trips_.resize(std::min(turn_.ranks(), wire::kLiveRanksMax));
  wire::FrameHeader header;
  header.address = {turn_.self(), wire::kTurnPort, 0};
  for (std::size_t i = 0; i < trips_.size(); ++i) {
    const auto peer = static_cast<wire::RankId>(i);
    if (peer == turn_.self() || trips_[i].asked_us != 0) continue;
    trips_[i].asked_us = turn_.now.mono_us;
    links_.add(peer, header, wire::Admin{wire::AdminVerb::metrics, peer, {}, wire::kAskTurn});
    ++turn_.counters.round_trips;
  }
}

void RoundTrips::answered(wire::RankId peer) {
  if (peer >= trips_.size() || trips_[peer].asked_us == 0) return;
  Trip& trip = trips_[peer];
  trip.took_us = turn_.now.mono_us - std::exchange(trip.asked_us, 0);
  trip.measured_us = turn_.now.mono_us;
}

std::vector<std::optional<std::int64_t>> RoundTrips::recent() const {
  std::vector<std::optional<std::int64_t>> all(trips_.size());
  for (std::size_t i = 0; i < trips_.size(); ++i) {
    const Trip& trip = trips_[i];
    const bool is_recent =
        trip.measured_us != 0 && turn_.now.mono_us - trip.measured_us <= kRecentUs;
    if (is_recent) all[i] = trip.took_us;
  }
  return all;
}

}  // namespace trunkline::routing
