// The direct class: protocol section 7.
#include <gtest/gtest.h>

#include "tests/routing/story.h"

namespace trunkline::routing {
namespace {

// alice sits at rank 0, bob's home is rank 1, and bob sits where a test says.
struct Direct : ::testing::Test {
  explicit Direct(Routes routes = Routes::hint)
      : story(3, {[routes](RouterConfig& config) { config.routes = routes; }}) {
    alice.attach();
    alice.heard();
  }
  Client& bob_at(wire::RankId rank, const std::string& device = "desk") {
    Client& bob = story.edge(rank, "edge2").client(name, device);
    bob.attach();
    EXPECT_EQ(bob.heard(), "attached at 0");
    return bob;
  }
  std::string say(Client& bob) {
    alice.direct(name, "d1");
    story.settle();
    return bob.heard();
  }
  std::uint64_t link_frames() {
    std::uint64_t sum = 0;
    for (wire::RankId rank = 0; rank < 3; ++rank) sum += story.counters(rank).link_frames_out;
    return sum;
  }

  Story story;
  wire::Bytes name = story.user_at(1);
  Client& alice = story.edge(0).client(story.user_at(0), "desk");
  const std::string hi = "direct from " + alice.user() + ": hi";
};

TEST_F(Direct, GoesByHomeFirstAndByHintThen) {
  Client& bob = bob_at(2);
  EXPECT_EQ(say(bob), hi);
  EXPECT_EQ(story.counters(0).hints, 1u);
  const std::uint64_t before = link_frames();
  EXPECT_EQ(say(bob), hi);
  EXPECT_EQ(link_frames(), before + 1) << "straight to where bob is";
}

TEST_F(Direct, ReachesEveryDevice) {
  Client& desk = bob_at(2, "desk");
  Client& phone = bob_at(0, "phone");
  Client& pad = bob_at(1, "pad");
  alice.direct(name, "d1");
  story.settle();
  for (Client* device : {&desk, &phone, &pad}) EXPECT_EQ(device->heard(), hi);
  EXPECT_EQ(story.counters(0).hints, 0u) << "no hint while they are on several ranks";
}

TEST_F(Direct, ToSomebodyOfflineIsDroppedAndCounted) {
  alice.direct(name, "d1");
  EXPECT_EQ(alice.heard(), "");
  EXPECT_EQ(story.counters(1).direct_dropped_offline, 1u);
}

TEST_F(Direct, ToAnUnknownUserIsRefused) {
  alice.direct("nobody", "d1");
  EXPECT_EQ(alice.heard(), "direct refused no_such_user");
}

TEST_F(Direct, IsNeverStored) {
  Client& bob = bob_at(2);
  say(bob);
  EXPECT_EQ(story.records_in_log(1, wire::RecordType::message), 0u);
}

TEST_F(Direct, AStaleHintCostsOneDetour) {
  Client& before = bob_at(2);
  say(before);
  say(before);
  before.detach();
  Client& after = bob_at(0);
  EXPECT_EQ(say(after), hi);
  EXPECT_EQ(story.counters(2).direct_detours, 1u);
  EXPECT_EQ(say(after), hi) << "the hint was put right";
  EXPECT_EQ(story.counters(2).direct_detours, 1u);
}

TEST_F(Direct, ASecondDeviceElsewhereIsNotForgotten) {
  Client& desk = bob_at(2);
  say(desk);
  say(desk);
  Client& phone = bob_at(0, "phone");
  EXPECT_EQ(say(desk), hi);
  EXPECT_EQ(phone.heard(), hi);
}

TEST_F(Direct, ASecondDeviceBesideTheFirstIsReachedByHint) {
  Client& desk = bob_at(2);
  say(desk);
  Client& phone = bob_at(2, "phone");
  const std::uint64_t before = link_frames();
  EXPECT_EQ(say(desk), hi);
  EXPECT_EQ(phone.heard(), hi);
  EXPECT_EQ(link_frames(), before + 1);
}

TEST_F(Direct, ToAUserOnTheSendersOwnRankNeedsNoLinkOnceHinted) {
  Client& bob = bob_at(0);
  EXPECT_EQ(say(bob), hi);
  const std::uint64_t before = link_frames();
  EXPECT_EQ(say(bob), hi);
  EXPECT_EQ(link_frames(), before);
}

TEST_F(Direct, AUserAtHomeNeedsNoHint) {
  Client& bob = bob_at(1);
  EXPECT_EQ(say(bob), hi);
  EXPECT_EQ(story.counters(0).hints, 0u);
}

TEST_F(Direct, HintsDieWithTheEpoch) {
  say(bob_at(2));
  story.restart();
  EXPECT_EQ(story.counters(0).hints, 0u);
  story.edge(0).hello();
  alice.reattach(0);
  alice.heard();
  alice.direct(name, "d2");
  alice.heard();
  EXPECT_EQ(story.counters(1).direct_dropped_offline, 1u) << "it went to the home";
}

TEST_F(Direct, IsDroppedWhereAPortLeavesTooMuchUnconfirmed) {
  Client& bob = bob_at(2);
  story.edge(2, "edge2").stop_confirming();
  const wire::Bytes body(60'000, 'x');
  for (int i = 0; i < 20; ++i) {
    alice.direct(name, "d", body);
    story.settle();
  }
  bob.heard();
  EXPECT_GT(story.counters(2).direct_dropped_pressure, 0u);
  EXPECT_FALSE(story.edge(2, "edge2").is_reset());
}

TEST_F(Direct, IsDroppedBehindACongestedLink) {
  bob_at(2);
  story.hold_link(0, 1);
  const wire::Bytes body(60'000, 'x');
  for (int i = 0; i < 20; ++i) {
    alice.direct(name, "d", body);
    story.settle();
  }
  EXPECT_GT(story.counters(0).direct_dropped_pressure, 0u);
}

struct DirectByHome : Direct {
  DirectByHome() : Direct(Routes::home) {}
};

TEST_F(DirectByHome, GivesNoHints) {
  Client& bob = bob_at(2);
  EXPECT_EQ(say(bob), hi);
  const std::uint64_t before = link_frames();
  EXPECT_EQ(say(bob), hi);
  EXPECT_EQ(link_frames(), before + 2) << "to the home, and from there";
  EXPECT_EQ(story.counters(0).hints, 0u);
}

}  // namespace
}  // namespace trunkline::routing
