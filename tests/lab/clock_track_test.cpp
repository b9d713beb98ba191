// Clocks that drift apart, on a network that delays at will: the truth must never be out of bounds.
#include "lab/clock_track.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace trunkline::lab {
namespace {

constexpr double kSecond = 1e9;

// Two hosts: the other's clock is ours, an offset, and a drift.
class Hosts {
 public:
  Hosts(unsigned seed, std::int64_t offset, double drift)
      : random_(seed), offset_(offset), drift_(drift) {}

  std::int64_t other(double ours) const {
    return static_cast<std::int64_t>(std::floor(ours + drift_ * ours)) + offset_;
  }
  std::int64_t offset_at(std::int64_t ours) const {
    return other(static_cast<double>(ours)) - ours;
  }
  // What the two read when an exchange begins at this time of ours.
  ClockExchange exchange(double begin) {
    const double there = begin + delay(), answered = there + 500 * unit_(random_);
    const double back = answered + delay();
    return {static_cast<std::int64_t>(std::floor(begin)), other(there), other(answered),
            static_cast<std::int64_t>(std::floor(back))};
  }
  std::vector<ClockExchange> bursts(double from, double to, int each) {
    std::vector<ClockExchange> all;
    for (double burst = from; burst <= to; burst += kSecond) {
      for (int i = 0; i < each; ++i) all.push_back(exchange(burst + i * 1e5));
    }
    return all;
  }
  void drift_by(double drift, double from) {  // from then on
    offset_ += static_cast<std::int64_t>((drift_ - drift) * from);
    drift_ = drift;
  }

 private:
  // 5 to 30 us, each way its own, and now and then a queue of milliseconds.
  double delay() {
    const double queue = unit_(random_) < 0.1 ? 3e6 * unit_(random_) : 0;
    return 5'000 + 25'000 * unit_(random_) * unit_(random_) + queue;
  }
  std::mt19937 random_;
  std::uniform_real_distribution<double> unit_{0, 1};
  std::int64_t offset_;
  double drift_;
};

TEST(ClockTrackTest, TheTruthIsInsideInAHundredThousandTrials) {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> drifts(-5e-5, 5e-5);
  std::uniform_int_distribution<std::int64_t> offsets(-1'000'000'000'000'000'000,
                                                      1'000'000'000'000'000'000);
  int outside = 0;
  for (unsigned trial = 0; trial < 100'000; ++trial) {
    Hosts hosts(trial, offsets(random), drifts(random));
    const ClockTrack track(hosts.bursts(0, 3 * kSecond, 3));
    ASSERT_TRUE(track.known());
    ASSERT_EQ(track.uneven(), 0U);
    for (const std::int64_t at :
         {-500'000'000LL, 0LL, 700'000'000LL, 1'000'000'000LL, 2'900'000'001LL, 3'500'000'000LL}) {
      const ClockOffset offset = track.at(at);
      // Both clocks are read in whole nanoseconds.
      outside += hosts.offset_at(at) < offset.low - 1 || hosts.offset_at(at) > offset.high + 1;
    }
  }
  EXPECT_EQ(outside, 0);
}

TEST(ClockTrackTest, AWindowOfExchangesBoundsItTighterThanTheBestOne) {
  Hosts hosts(3, 123'456'789, 2e-5);
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
  Hosts hosts(5, -42, 4e-5);
  auto exchanges = hosts.bursts(0, 30 * kSecond, 8);
  const Hosts before = hosts;
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
  Hosts hosts(7, 1'000, 0);
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
