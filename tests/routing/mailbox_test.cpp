// What stays in memory.
#include <gtest/gtest.h>

#include "tests/routing/story.h"

namespace trunkline::routing {
namespace {

struct Mailboxes : ::testing::Test {
  Story story{1, {[](RouterConfig& config) { config.idle_mailboxes_max = 2; }}};
  Client& alice = story.edge(0).client(story.user_at(0), "desk");
};

TEST_F(Mailboxes, WithSessionsStay) {
  alice.attach();
  alice.heard();
  story.advance(wire::kCursorFlushUs);
  EXPECT_EQ(story.counters(0).mailboxes, 1u);
}

TEST_F(Mailboxes, ThatAreIdleStayUpToABound) {
  alice.attach();
  for (int i = 1; i <= 10; ++i) alice.send(story.user_at(0, i), "m" + std::to_string(i));
  alice.heard();
  story.advance(wire::kCursorFlushUs);
  EXPECT_EQ(story.counters(0).mailboxes, 3u) << "alice's and two idle ones";
}

TEST_F(Mailboxes, OfNobodyAreNotKept) {
  for (int i = 0; i < 10; ++i) alice.verify("guess" + std::to_string(i));
  alice.heard();
  EXPECT_EQ(story.counters(0).mailboxes, 0u);
}

TEST_F(Mailboxes, ThatWereForgottenComeBackAsTheyWere) {
  alice.attach();
  alice.heard();
  const wire::Bytes bob = story.user_at(0, 1);
  alice.send(bob, "m1");
  for (int i = 2; i <= 10; ++i) alice.send(story.user_at(0, i), "m" + std::to_string(i));
  alice.heard();
  alice.send(bob, "m1");
  alice.send(bob, "m11");
  EXPECT_EQ(alice.heard().substr(0, 20), "stored 11, stored 12");
  EXPECT_EQ(story.log_of(0, bob).size(), 2u);
}

TEST_F(Mailboxes, ManySendersAreForgottenAndReadBack) {
  const wire::Bytes bob = story.user_at(0, 1);
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 100; ++i) {
      Client& device = story.edge(0).client(alice.user(), "device" + std::to_string(i));
      device.send(bob, "m1");
      EXPECT_EQ(device.heard(), "stored 1");
    }
  }
  EXPECT_EQ(story.log_of(0, bob).size(), 100u);
  EXPECT_EQ(story.counters(0).repeats, 100u);
}

}  // namespace
}  // namespace trunkline::routing
