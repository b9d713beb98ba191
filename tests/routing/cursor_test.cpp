// Cursors: protocol section 4, rule 25.
#include <gtest/gtest.h>

#include "tests/routing/story.h"

namespace trunkline::routing {
namespace {

struct Cursors : ::testing::Test {
  Cursors() {
    alice.attach();
    bob.attach();
    bob.heard();
    story.advance(wire::kCursorFlushUs);  // The records that make the devices known.
    for (const char* id : {"m1", "m2", "m3"}) alice.send(bob.user(), id);
    alice.heard();
    bob.heard();
  }
  std::size_t cursors() { return story.records_in_log(0, wire::RecordType::cursor); }
  wire::Mseq cursor_after_restart() {
    story.restart();
    story.edge(0).hello();
    bob.attach();
    const std::string heard = bob.heard();
    return std::stoull(heard.substr(std::string("attached at ").size()));
  }

  Story story;
  Client& alice = story.edge(0).client(story.user_at(0), "desk");
  Client& bob = story.edge(0).client(story.user_at(0, 1), "desk");
};

TEST_F(Cursors, AreKeptAfter100Milliseconds) {
  bob.received(2);
  bob.heard();
  const std::size_t before = cursors();
  story.advance(wire::kCursorFlushUs - 1);
  EXPECT_EQ(cursors(), before);
  story.advance(1);
  EXPECT_EQ(cursors(), before + 1);
  EXPECT_EQ(cursor_after_restart(), 2u);
}

TEST_F(Cursors, RideWithTheNextCommit) {
  bob.received(2);
  bob.heard();
  alice.send(bob.user(), "m4");
  alice.heard();
  bob.heard();
  EXPECT_EQ(cursor_after_restart(), 2u);
}

TEST_F(Cursors, SeveralMovesAreOneRecord) {
  const std::size_t before = cursors();
  for (const wire::Mseq mseq : {1u, 2u, 3u}) {
    bob.received(mseq);
    bob.heard();
  }
  story.advance(wire::kCursorFlushUs);
  EXPECT_EQ(cursors(), before + 1);
  EXPECT_EQ(cursor_after_restart(), 3u);
}

TEST_F(Cursors, NeverMoveBackwards) {
  bob.received(3);
  bob.received(1);
  bob.heard();
  story.advance(wire::kCursorFlushUs);
  EXPECT_EQ(cursor_after_restart(), 3u);
}

TEST_F(Cursors, BeyondWhatTheSessionWasSentAreIgnored) {
  bob.received(4);
  bob.heard();
  story.advance(wire::kCursorFlushUs);
  EXPECT_EQ(cursor_after_restart(), 0u);
}

TEST_F(Cursors, OfAReplacedSessionAreIgnored) {
  Client& newer = story.edge(0).client(bob.user(), "desk");
  newer.attach(0);
  newer.heard();
  bob.received(3);
  bob.heard();
  story.advance(wire::kCursorFlushUs);
  EXPECT_EQ(cursor_after_restart(), 0u);
}

TEST_F(Cursors, WaitWhileThereIsNoRoom) {
  story.set_full(0, true);
  bob.received(2);
  bob.heard();
  story.advance(10 * wire::kCursorFlushUs);
  EXPECT_LE(story.rank(0).effects.wake_at_us - story.now().mono_us, wire::kBeatEveryUs);
  story.set_full(0, false);
  EXPECT_EQ(cursor_after_restart(), 2u);
}

TEST_F(Cursors, ThatWereTakenBackAreWrittenAgain) {
  story.hold_commits(0);
  bob.received(2);
  bob.heard();
  story.advance(wire::kCursorFlushUs);
  story.rank(0).store->set_full(true);
  story.let_commit(0);
  story.set_full(0, false);
  story.advance(wire::kCursorFlushUs);
  EXPECT_EQ(cursor_after_restart(), 2u);
}

}  // namespace
}  // namespace trunkline::routing
