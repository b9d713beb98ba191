// Ports: protocol section 4 rules 8 and 9, section 9's rows of rank and edge.
#include <gtest/gtest.h>

#include "tests/routing/story.h"

namespace trunkline::routing {
namespace {

TEST(Port, HelloIsAnsweredWithRankPortAndEpoch) {
  Story story(2);
  EXPECT_EQ(story.edge(1).port(), 1u);
  EXPECT_EQ(story.edge(1, "edge2").port(), 2u);
  EXPECT_EQ(story.counters(1).ports, 2u);
}

TEST(Port, WithoutHelloIsReset) {
  Story story;
  Edge& edge = story.edge(0);
  story.step(0, PortUnreachable{edge.peer()});
  edge.beat();
  story.settle();
  EXPECT_TRUE(edge.is_reset());
}

TEST(Port, AGapInItsNumbersBreaksIt) {
  Story story;
  Edge& edge = story.edge(0);
  Client& alice = edge.client(story.user_at(0), "desk");
  alice.attach();
  EXPECT_EQ(alice.heard(), "attached at 0");
  alice.send(alice.user(), "m1");
  edge.lose_batch();
  alice.send(alice.user(), "m2");
  EXPECT_EQ(alice.heard(), "");
  EXPECT_TRUE(edge.is_reset());
  EXPECT_EQ(story.counters(0).sessions, 0u) << "its sessions are detached";
}

TEST(Port, TakesNothingMoreFromABrokenIncarnation) {
  Story story;
  Edge& edge = story.edge(0);
  Client& alice = edge.client(story.user_at(0), "desk");
  alice.attach();
  alice.heard();
  edge.lose_batch();
  edge.beat();
  story.settle();
  ASSERT_TRUE(edge.is_reset());
  alice.send(alice.user(), "m1");
  EXPECT_EQ(alice.heard(), "");
  EXPECT_TRUE(story.log_of(0, alice.user()).empty());
}

TEST(Port, ABatchThatIsNoFramesBreaksIt) {
  Story story;
  Edge& edge = story.edge(0);
  edge.send_raw(wire::Bytes(64, 'x'));
  story.settle();
  EXPECT_TRUE(edge.is_reset());
  EXPECT_EQ(story.counters(0).bad_frames, 1u);
}

TEST(Port, IsReattachedWithTheSameLogin) {
  Story story;
  Edge& edge = story.edge(0);
  Client& alice = edge.client(story.user_at(0), "desk");
  alice.attach();
  alice.heard();
  const wire::Sepoch before = alice.sepoch;
  edge.hello();
  alice.reattach(0);
  EXPECT_EQ(alice.heard(), "attached at 0");
  EXPECT_EQ(alice.sepoch, before);
}

// Rule 9.
TEST(Port, HelloOfAKnownEdgeThreadMakesTheOldPortDeadFirst) {
  Story story(2);
  const wire::Bytes name = story.user_at(1);
  Edge& edge = story.edge(0);
  Client& alice = edge.client(name, "desk");
  alice.attach();
  alice.heard();
  edge.hello();
  EXPECT_EQ(story.counters(0).ports, 1u);
  EXPECT_EQ(story.counters(1).detaches, 1u) << "at the home of the session";
}

TEST(Port, DeadBeforeItsAttachIsAnsweredLeavesNoSession) {
  Story story;
  Edge& edge = story.edge(0);
  const wire::Bytes name = story.user_at(0);
  story.hold_loads(0);
  Client& alice = edge.client(name, "desk");
  alice.attach();
  story.settle();
  edge.hello();
  story.let_load(0);
  EXPECT_EQ(story.counters(0).attaches, 1u);
  EXPECT_EQ(story.counters(0).sessions, 0u);
}

TEST(Port, SilentForThreeSecondsIsBroken) {
  Story story;
  Edge& edge = story.edge(0);
  story.advance(wire::kPortSilenceUs - 1);
  EXPECT_FALSE(edge.is_reset());
  story.advance(1);
  EXPECT_TRUE(edge.is_reset());
}

TEST(Port, GetsABeatEachSecond) {
  Story story;
  Edge& edge = story.edge(0);
  for (int second = 0; second < 5; ++second) {
    story.advance(wire::kBeatEveryUs);
    edge.beat();
  }
  story.settle();
  EXPECT_EQ(edge.beats(), 5u);
  EXPECT_FALSE(edge.is_reset());
}

TEST(Port, IsNotBrokenByAPauseOfTheRankItself) {
  Story story;
  Edge& edge = story.edge(0);
  story.sleep(20'000'000);
  story.settle();
  EXPECT_FALSE(edge.is_reset());
}

TEST(Port, ThatLeaves16MiBUnconfirmedIsBroken) {
  Story story(1, {[](RouterConfig& config) { config.rate_per_second = 0; }});
  Edge& edge = story.edge(0);
  Client& alice = edge.client(story.user_at(0), "desk");
  Client& bob = story.edge(0, "edge2").client(story.user_at(0, 1), "desk");
  alice.attach();
  bob.attach();
  bob.heard();
  edge.stop_confirming();
  const wire::Bytes body(60'000, 'x');
  for (int i = 0; i < 300 && !edge.is_reset(); ++i) {
    bob.send(alice.user(), "m" + std::to_string(i), body);
    bob.heard();
    alice.heard();
    story.edge(0, "edge2").beat();
  }
  EXPECT_TRUE(edge.is_reset());
  EXPECT_GT(story.log_of(0, alice.user()).size(), 16u * 1024 * 1024 / 61'000);
}

TEST(Port, FramesWithAForeignAddressAreDropped) {
  Story story;
  Edge& edge = story.edge(0);
  wire::FrameHeader header;
  header.address = {0, 77, 1};
  edge.say(header, wire::Verifier{"u0"});
  story.settle();
  EXPECT_EQ(story.counters(0).misdirected, 1u);
}

TEST(Port, KindsThatEdgesDoNotSendAreCounted) {
  Story story;
  Edge& edge = story.edge(0);
  wire::FrameHeader header;
  header.address = {0, edge.port(), 1};
  edge.say(header, wire::Copied{1, 1});
  story.settle();
  EXPECT_EQ(story.counters(0).bad_frames, 1u);
}

TEST(Port, AConfirmWaitsForABeatUnlessMuchIsOwed) {
  Story story;
  Edge& edge = story.edge(0);
  Client& alice = edge.client(story.user_at(0), "desk");
  alice.attach();
  alice.heard();
  const std::size_t before = edge.batches_in();
  alice.taken(0);
  story.settle();
  EXPECT_EQ(edge.batches_in(), before) << "nothing to say, little is owed";
  for (int i = 0; i < 5; ++i) {
    alice.direct("nobody-here", "d", wire::Bytes(60'000, 'x'));
    alice.heard();
  }
  EXPECT_GT(edge.batches_in(), before);
}

}  // namespace
}  // namespace trunkline::routing
