// Clocks that drift apart, on a network that delays at will: the truth must never be out of bounds.
#include "lab/clock_track.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "lab/simulated_hosts.h"

namespace trunkline::lab {
namespace {

constexpr double kSecond = 1e9;

TEST(ClockTrackTest, AWindowOfExchangesBoundsItTighterThanTheBestOne) {
  SimulatedHosts hosts(3, 123'456'789, 2e-5);
  const auto exchanges = hosts.bursts(0, 60 * kSecond, 16);
  const ClockTrack track(exchanges);
  std::int64_t best = std::numeric_limits<std::int64_t>::max();
  for (const auto& each : exchanges) {
    best =
        std::min(best, (each.received - each.sent - (each.other_sent - each.other_received)) / 2);
  }
  for (std::int64_t at = 5'000'000'000; at < 55'000'000'000; at += 1'234'567'891) {
    const ClockOffset offset = track.at(at);
    EXPECT_LE(offset.bound(), best);
    EXPECT_LE(offset.low, hosts.offset_at(at) + 1);
    EXPECT_GE(offset.high, hosts.offset_at(at) - 1);
  }
}

TEST(ClockTrackTest, UnevenDriftIsSeenAndKeptInBounds) {
  SimulatedHosts hosts(5, -42, 4e-5);
  auto exchanges = hosts.bursts(0, 30 * kSecond, 8);
  const SimulatedHosts before = hosts;
  hosts.drift_by(-4e-5, 30 * kSecond);
  const auto later = hosts.bursts(31 * kSecond, 60 * kSecond, 8);
  exchanges.insert(exchanges.end(), later.begin(), later.end());
  const ClockTrack track(exchanges);
  EXPECT_GT(track.uneven(), 0U);
  for (std::int64_t at = 0; at < 60'000'000'000; at += 250'000'000) {
    const std::int64_t truth = at < 30'000'000'000 ? before.offset_at(at) : hosts.offset_at(at);
    EXPECT_LE(track.at(at).low, truth + 2) << at;
    EXPECT_GE(track.at(at).high, truth - 2) << at;
  }
}

TEST(ClockTrackTest, WithoutExchangesTheBoundWidens) {
  EXPECT_FALSE(ClockTrack({}).known());
  SimulatedHosts hosts(7, 1'000, 0);
  auto exchanges = hosts.bursts(0, 2 * kSecond, 16);
  const auto later = hosts.bursts(100 * kSecond, 102 * kSecond, 16);
  exchanges.insert(exchanges.end(), later.begin(), later.end());
  const ClockTrack track(exchanges);
  const auto bound = [&](double seconds) {
    return track.at(static_cast<std::int64_t>(seconds * kSecond)).bound();
  };
  EXPECT_GT(bound(51), bound(1) + 3'000'000) << "30 s of 100 us each";
  EXPECT_GT(bound(130), bound(101) + 1'000'000);
  EXPECT_LT(bound(1), 20'000);
  EXPECT_LT(bound(101), 20'000);
}

// One exchange: its own two walls, and nothing else.
TEST(ClockTrackTest, OneExchangeIsItsOwnBound) {
  const ClockTrack track({{1'000, 51'000, 51'500, 2'000}});
  const ClockOffset offset = track.at(1'000);
  EXPECT_EQ(offset.high, 50'000);
  EXPECT_GE(offset.low, 49'500 - 1);
  EXPECT_LE(offset.low, 49'500);
}

}  // namespace
}  // namespace trunkline::lab
