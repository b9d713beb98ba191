// History: client-protocol's row of `history`, and section 9's of the same name.
#include <gtest/gtest.h>

#include "tests/routing/story.h"

namespace trunkline::routing {
namespace {

struct History : ::testing::Test {
  History() {
    alice.attach();
    for (int i = 1; i <= 5; ++i) alice.send(bob, "m" + std::to_string(i));
    alice.heard();
  }
  Story story{2};
  Client& alice = story.edge(0).client(story.user_at(1), "desk");
  wire::Bytes bob = story.user_at(0);
};

TEST_F(History, IsTheNewestPageRising) {
  alice.history({}, wire::kNoMseq, 3);
  EXPECT_EQ(alice.heard(), "page 3 4 5");
  alice.history({}, 3, 3);
  EXPECT_EQ(alice.heard(), "page 1 2 complete");
}

TEST_F(History, OfOnePeer) {
  alice.send(alice.user(), "note");
  alice.heard();
  alice.history(bob, wire::kNoMseq, 2);
  EXPECT_EQ(alice.heard(), "page 4 5");
}

TEST_F(History, ALongPageComesInFramesOfAtMost64KiB) {
  for (int i = 0; i < 4; ++i) alice.send(bob, "big" + std::to_string(i), wire::Bytes(40'000, 'x'));
  alice.heard();
  alice.history({}, wire::kNoMseq, 5);
  EXPECT_EQ(alice.heard(), "page 5 6 more, page 7 more, page 8 more, page 9");
}

TEST_F(History, OfASessionThatIsNotRegisteredIsAnsweredToo) {
  Client& stranger = story.edge(0).client(alice.user(), "pad");
  stranger.history({}, wire::kNoMseq, 3);
  EXPECT_EQ(stranger.heard(), "page complete");
}

TEST_F(History, MoreThanEightAtATimeBreakThePort) {
  story.hold_loads(1);
  for (int i = 0; i < 8; ++i) alice.history({}, wire::kNoMseq, 1);
  story.settle();
  EXPECT_FALSE(story.edge(0).is_reset());
  alice.history({}, wire::kNoMseq, 1);
  story.settle();
  EXPECT_TRUE(story.edge(0).is_reset());
}

TEST_F(History, AnsweredPagesMakeRoomForMore) {
  for (int i = 0; i < 20; ++i) {
    alice.history({}, wire::kNoMseq, 1);
    EXPECT_EQ(alice.heard(), "page 5");
  }
}

}  // namespace
}  // namespace trunkline::routing
