// Links: protocol section 9 (window, confirms, doorbell) and section 8 (watch).
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/routing/story.h"

namespace trunkline::routing {
namespace {

// alice at rank 0 sends to bob, whose home is rank 1: what rank 0 does with its link is looked at.
struct Link : ::testing::Test {
  explicit Link(bool same_host = true, std::uint32_t spin_us = 0)
      : story(2, {[=](RouterConfig& config) {
                config.same_host.assign(2, same_host);
                config.spin_us = spin_us;
                config.rate_per_second = 0;
              }}) {
    alice.attach();
    alice.heard();
    // Past the first beats, so that nothing else happens while a test looks.
    story.advance(10'000);
    story.rank(0).rings.clear();
  }
  std::size_t rings() { return std::exchange(story.rank(0).rings, {}).size(); }
  std::int64_t wake_in() { return story.rank(0).effects.wake_at_us - story.now().mono_us; }
  std::size_t unconfirmed() { return story.rank(0).router->inspect().batches_unconfirmed_max; }
  void send(std::size_t bytes = 5) {
    alice.send(bob, "m" + std::to_string(++sent), wire::Bytes(bytes, 'x'));
    story.settle();
  }

  Story story;
  Client& alice = story.edge(0).client(story.user_at(0), "desk");
  wire::Bytes bob = story.user_at(1);
  int sent = 0;
};

TEST_F(Link, ABatchRingsWhenNothingWasUnconfirmed) {
  story.hold_link(0, 1);
  send();
  EXPECT_EQ(rings(), 1u);
  send();
  EXPECT_EQ(rings(), 0u) << "one is unconfirmed already: that one rings again";
}

TEST_F(Link, RingsAgainWhileUnconfirmedDoublingTo10Milliseconds) {
  story.hold_link(0, 1);
  send();
  rings();
  for (const std::int64_t wait : {2'000, 4'000, 8'000, 10'000, 10'000}) {
    EXPECT_EQ(wake_in(), wait);
    story.advance(wait - 1);
    EXPECT_EQ(rings(), 0u);
    story.advance(1);
    EXPECT_EQ(rings(), 1u);
  }
}

TEST_F(Link, DoesNotRingAgainOnceConfirmed) {
  send();
  EXPECT_EQ(unconfirmed(), 0u);
  rings();
  story.advance(100'000);
  EXPECT_EQ(rings(), 0u);
}

TEST_F(Link, HasAtMostFourBatchesUnconfirmed) {
  story.hold_link(0, 1);
  for (int i = 0; i < 10; ++i) send();
  EXPECT_EQ(unconfirmed(), 4u);
  story.let_link(0, 1);
  story.settle();
  EXPECT_EQ(unconfirmed(), 0u);
  EXPECT_EQ(story.log_of(1, bob).size(), 10u);
}

TEST_F(Link, CutsWhatWaitsIntoBatchesThatFitAReceive) {
  story.hold_link(0, 1);
  for (int i = 0; i < 4; ++i) send();
  for (int i = 0; i < 6; ++i) send(50'000);
  story.let_link(0, 1);
  story.settle();
  EXPECT_EQ(story.log_of(1, bob).size(), 10u);
}

TEST_F(Link, OwesNoConfirmWhenItMaySleep) {
  send();
  EXPECT_TRUE(story.rank(1).effects.owes_nothing);
  EXPECT_FALSE(story.rank(1).router->inspect().unconfirmed);
}

TEST_F(Link, ABareConfirmIsNotConfirmedAndRingsNobody) {
  story.hold_commits(1);
  const std::uint64_t bare = story.counters(1).bare_confirms;
  story.rank(1).rings.clear();
  send();
  EXPECT_EQ(story.counters(1).bare_confirms, bare + 1);
  EXPECT_TRUE(story.rank(1).rings.empty());
}

TEST_F(Link, AnswersGoBeforeWhatWaitedLonger) {
  // bob, at rank 0, has a full window's worth of deliveries waiting at rank 1 when alice's answer
  // is made there.
  Client& reader = story.edge(0, "edge2").client(bob, "desk");
  reader.attach();
  reader.heard();
  story.hold_link(1, 0);
  for (int i = 0; i < 8; ++i) send(20'000);
  story.let_link(1, 0);
  const std::string answers = alice.heard();
  EXPECT_EQ(answers.find("stored 1, stored 2, stored 3"), 0u) << answers;
}

TEST_F(Link, BatchesOfAnotherEpochAreDropped) {
  wire::BatchBuilder batch;
  batch.add({}, wire::Beat{});
  wire::BatchHeader header;
  header.way = wire::Way::link;
  header.epoch = 99;
  header.number = 1;
  story.step(0, LinkBatch{1, batch.take(header)});
  EXPECT_EQ(story.counters(0).misdirected, 1u);
}

TEST_F(Link, WatchesTheRankBeforeIt) {
  story.hold_link(1, 0);
  story.advance(wire::kNeighbourSilenceUs + wire::kBeatEveryUs);
  EXPECT_EQ(story.rank(0).effects.silent_neighbour, wire::RankId{1});
  EXPECT_FALSE(story.rank(1).effects.silent_neighbour.has_value());
}

TEST_F(Link, OneBeatASecondKeepsTheNeighbourQuiet) {
  story.advance(20'000'000);
  EXPECT_FALSE(story.rank(0).effects.silent_neighbour.has_value());
}

struct LinkToAnotherHost : Link {
  LinkToAnotherHost() : Link(false) {}
};
TEST_F(LinkToAnotherHost, RingsAgainAfter200Microseconds) {
  story.hold_link(0, 1);
  send();
  EXPECT_EQ(wake_in(), 200);
}

struct LinkToASpinner : Link {
  LinkToASpinner() : Link(true, 1'000) {}
};
TEST_F(LinkToASpinner, IsNotRungWhileItSurelyLooks) {
  send();  // The confirm is a sign of life, at this very instant.
  rings();
  send();
  EXPECT_EQ(rings(), 0u);
  story.advance(1'000);
  rings();
  send();
  EXPECT_EQ(rings(), 1u);
}

TEST(LinkPeers, CostAtMost512BytesEach) {
  Story story(4);
  EXPECT_LE(story.rank(0).router->inspect().bytes_per_peer, 512u);
}

}  // namespace
}  // namespace trunkline::routing
