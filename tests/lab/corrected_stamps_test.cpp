// Clocks of a made-up cluster, from messages that cross them: the truth is known here.
#include "lab/corrected_stamps.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "lab/hops.h"

namespace trunkline::lab {
namespace {

using wire::Stamp;

constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::uint16_t kHome = 10, kFar = 20, kFurther = 30;

// Places 0 and 1, each an edge and a rank, with the laboratory's clients beside the first. Every
// stage takes some microseconds of true time, which is what the clock of kHome shows.
class MadeUpRoad {
 public:
  explicit MadeUpRoad(unsigned seed) : random_(seed) {}

  // Edge and rank of the second place.
  std::uint16_t far_edge = kFar, far_rank = kFar;

  static std::int64_t shown(std::uint16_t node, std::int64_t truth) {
    const double drift = node == kFar ? 2e-5 : node == kFurther ? -3e-5 : 0;
    const std::int64_t offset = node == kFar       ? 3'123'456'789
                                : node == kFurther ? 77'000'000'000'000
                                                   : 0;
    return truth + offset + std::llround(drift * static_cast<double>(truth));
  }

  wire::StampBlock message(bool back, std::int64_t& truth) {
    const std::uint16_t edges[] = {kHome, far_edge}, ranks[] = {kHome, far_rank};
    const std::uint16_t edge = edges[back], rank = ranks[back], to_rank = ranks[!back],
                        to_edge = edges[!back];
    const std::uint16_t nodes[] = {kHome,   edge,    edge,    rank,    rank,
                                   to_rank, to_rank, to_edge, to_edge, kHome};
    wire::StampBlock block;
    block.flags = wire::kSampled;
    block.present = (1U << wire::kStampCount) - 1;
    block.intended_ns = static_cast<std::uint64_t>(truth);
    block.node[0] = kHome, block.node[1] = edge, block.node[2] = rank, block.node[3] = to_rank;
    for (unsigned at = 0; at < wire::kStampCount; ++at) {
      truth += 3'000 + static_cast<std::int64_t>(random_() % 30'000);
      block.at[at] = static_cast<std::uint32_t>(shown(nodes[at], truth));
    }
    return block;
  }

  PingPong both_ways(std::int64_t truth) {
    PingPong both{0, 1, message(false, truth), message(true, truth), truth};
    return both;
  }

  ClockExchanges bursts(std::int64_t from, std::int64_t to, std::size_t rank_count = 2) {
    ClockExchanges exchanges(rank_count);
    for (std::int64_t burst = from; burst <= to; burst += kSecondNs) {
      for (int i = 0; i < 16; ++i) exchanges.add(both_ways(burst + i * 1'000'000));
      exchanges.end_burst();
    }
    return exchanges;
  }

 private:
  std::minstd_rand random_;
};

constexpr std::int64_t kBegin = 40'000 * kSecondNs;

TEST(ClockExchanges, OneNodeIsOneClock) {
  MadeUpRoad road(1);
  road.far_edge = road.far_rank = kHome;
  const ClockExchanges exchanges = road.bursts(kBegin, kBegin);
  EXPECT_TRUE(exchanges.net().one_clock());
  EXPECT_TRUE(exchanges.pairs().empty());
  EXPECT_EQ(exchanges.contradiction(), "");
}

TEST(ClockExchanges, KeepTheQuickestQuarterOfABurst) {
  MadeUpRoad road(2);
  const ClockExchanges exchanges = road.bursts(kBegin, kBegin + 9 * kSecondNs);
  ASSERT_EQ(exchanges.pairs().size(), 1U);
  EXPECT_EQ(exchanges.pairs()[0].exchanges.size(), 40U);
  EXPECT_EQ(exchanges.net().edges, (std::vector<std::uint16_t>{kHome, kFar}));
}

TEST(ClockExchanges, TwoHostsWithOneNumberAreSeen) {
  MadeUpRoad road(3);
  std::int64_t truth = kBegin;
  PingPong both = road.both_ways(truth);
  for (wire::StampBlock* block : {&both.ping, &both.pong}) {
    for (std::uint16_t& node : block->node) node = kHome;
  }
  ClockExchanges exchanges(2);
  exchanges.add(both);
  EXPECT_NE(exchanges.contradiction().find("000a"), std::string::npos) << exchanges.contradiction();
}

// The offset that is meant: both clocks are known by 32 bits alone.
std::int64_t same_bits(std::int64_t truth, std::int64_t near) {
  return near + static_cast<std::int32_t>(static_cast<std::uint32_t>(truth - near));
}

TEST(ClockLinks, HoldTheTruthAllAlong) {
  MadeUpRoad road(4);
  const ClockExchanges exchanges = road.bursts(kBegin, kBegin + 40 * kSecondNs);
  for (const ClockAlgorithm algorithm : {ClockAlgorithm::hull, ClockAlgorithm::offset}) {
    const auto links = links_of(exchanges, algorithm);
    ASSERT_EQ(links.size(), 1U);
    EXPECT_TRUE(links[0].bounded);
    for (std::int64_t at = kBegin; at < kBegin + 40 * kSecondNs; at += 70'000'000) {
      const ClockOffset offset = links[0].curve.at(at);
      const std::int64_t truth = same_bits(MadeUpRoad::shown(kFar, at) - at, offset.middle());
      EXPECT_LE(offset.low, truth + 1) << to_string(algorithm);
      EXPECT_GE(offset.high, truth - 1) << to_string(algorithm);
      EXPECT_LT(offset.bound(), algorithm == ClockAlgorithm::hull ? 20'000 : 5'000'000);
    }
  }
}

TEST(ClockLinks, OfHca3SayThatTheyHaveNoBound) {
  MadeUpRoad road(5);
  const auto links = links_of(road.bursts(kBegin, kBegin + 10 * kSecondNs), ClockAlgorithm::hca3);
  ASSERT_EQ(links.size(), 1U);
  EXPECT_FALSE(links[0].bounded);
  const ClockOffset offset = links[0].curve.at(kBegin + kSecondNs);
  const std::int64_t truth = MadeUpRoad::shown(kFar, kBegin + kSecondNs) - kBegin - kSecondNs;
  EXPECT_LT(std::abs(same_bits(truth, offset.middle()) - offset.middle()), 30'000);
  EXPECT_TRUE(links_of(road.bursts(kBegin, kBegin), ClockAlgorithm::none).empty());
}

TEST(CorrectedStamps, AddUpAndStayWithinTheirBound) {
  MadeUpRoad road(6);
  const ClockExchanges exchanges = road.bursts(kBegin, kBegin + 20 * kSecondNs);
  const CorrectedStamps corrected(exchanges.net(), links_of(exchanges, ClockAlgorithm::hull));
  for (std::int64_t at = kBegin; at < kBegin + 20 * kSecondNs; at += 33'333'333) {
    const auto block = road.both_ways(at).ping;
    const auto hops = hops_of(corrected.corrected(block, 1));
    ASSERT_EQ(hops.size(), wire::kStampCount - 1);
    std::int64_t sum = 0;
    for (const Hop& hop : hops) {
      const auto bound = corrected.bound(block, 1, hop.from, hop.to);
      ASSERT_TRUE(bound.has_value());
      const bool crosses = hop.to == Stamp::rank_matched || hop.to == Stamp::client_receive;
      EXPECT_EQ(*bound > 0, crosses) << word_of(hop.to);
      EXPECT_GE(hop.nanoseconds, 3'000 - *bound - 2) << word_of(hop.to);
      EXPECT_LE(hop.nanoseconds, 33'000 + *bound + 2) << word_of(hop.to);
      sum += hop.nanoseconds;
    }
    EXPECT_EQ(sum, static_cast<std::int32_t>(block.at[9] - block.at[0]));
  }
}

// Edge and rank of the far place on two hosts: what lies between the laboratory and the rank's
// clock is bounded by both links, whichever way the tree goes.
TEST(CorrectedStamps, BoundsAddUpAlongTheTree) {
  MadeUpRoad road(7);
  road.far_rank = kFurther;
  const ClockExchanges exchanges = road.bursts(kBegin, kBegin + 5 * kSecondNs);
  const auto links = links_of(exchanges, ClockAlgorithm::hull);
  ASSERT_EQ(links.size(), 2U);
  const CorrectedStamps corrected(exchanges.net(), links);
  const auto block = road.both_ways(kBegin + 2 * kSecondNs).ping;
  const auto bound = [&](Stamp from, Stamp to) {
    return corrected.bound(block, 1, from, to).value();
  };
  const std::int64_t to_rank = bound(Stamp::client_send, Stamp::rank_matched);
  const std::int64_t to_edge = bound(Stamp::client_send, Stamp::edge_back);
  const std::int64_t between = bound(Stamp::rank_out, Stamp::edge_back);
  EXPECT_GT(to_rank, 0);
  EXPECT_GT(to_edge, 0);
  EXPECT_EQ(std::max({to_rank, to_edge, between}) * 2, to_rank + to_edge + between);
  for (const Hop& hop : hops_of(corrected.corrected(block, 1))) {
    EXPECT_GT(hop.nanoseconds, -100'000) << word_of(hop.to);
    EXPECT_LT(hop.nanoseconds, 140'000) << word_of(hop.to);
  }
}

// A third rank may have stamped last what the block keeps of rank_link.
TEST(CorrectedStamps, AStampThatNobodyCanPlaceIsLeftOut) {
  MadeUpRoad road(8);
  const ClockExchanges exchanges = road.bursts(kBegin, kBegin + kSecondNs, 3);
  const CorrectedStamps corrected(exchanges.net(), links_of(exchanges, ClockAlgorithm::hull));
  const auto block = road.both_ways(kBegin).ping;
  EXPECT_FALSE(corrected.corrected(block, 1).has(Stamp::rank_link));
  EXPECT_FALSE(corrected.bound(block, 1, Stamp::rank_in, Stamp::rank_link).has_value());
  EXPECT_TRUE(corrected.corrected(block, 1).has(Stamp::rank_matched));
}

}  // namespace
}  // namespace trunkline::lab
