// A backbone's death and next life: protocol sections 2, 4 and 8.
#include <gtest/gtest.h>

#include "tests/routing/story.h"

namespace trunkline::routing {
namespace {

struct Restart : ::testing::Test {
  Restart() {
    alice.attach();
    bob.attach();
    alice.heard();
    bob.heard();
  }
  void restart() {
    story.restart();
    story.edge(0).hello();
    story.edge(1).hello();
  }
  Story story{2};
  Client& alice = story.edge(0).client(story.user_at(0), "desk");
  Client& bob = story.edge(1).client(story.user_at(1), "desk");
};

TEST_F(Restart, BatchesOfTheOldJobAreAnsweredWithReset) {
  story.restart();
  story.edge(0).beat();
  story.settle();
  EXPECT_TRUE(story.edge(0).is_reset());
}

TEST_F(Restart, SessionsComeBackWithTheirLoginAndPosition) {
  alice.send(bob.user(), "m1");
  EXPECT_EQ(bob.heard(), "1 from " + alice.user() + ": hello");
  restart();
  bob.reattach(1);
  EXPECT_EQ(bob.heard(), "attached at 1");
}

TEST_F(Restart, NewLoginsAreAboveAllOldOnes) {
  const wire::Sepoch before = alice.sepoch;
  restart();
  Client& newer = story.edge(0).client(alice.user(), "desk");
  newer.attach();
  newer.heard();
  EXPECT_GT(newer.sepoch, before);
}

TEST_F(Restart, AResendOfWhatWasStoredIsRecognised) {
  alice.send(bob.user(), "m1");
  EXPECT_EQ(alice.heard(), "stored 1, 1 from " + alice.user() + ": hello");
  restart();
  alice.reattach(1);
  alice.resend(1, bob.user(), "m1");
  EXPECT_EQ(alice.heard(), "attached at 1, stored 1");
  EXPECT_EQ(story.log_of(1, bob.user()).size(), 1u);
}

TEST_F(Restart, WhatWasQueuedIsGoneAndIsStoredWhenResent) {
  story.hold_commits(1);
  alice.send(bob.user(), "m1");
  EXPECT_EQ(alice.heard(), "");
  restart();
  story.let_commit(1);
  EXPECT_TRUE(story.log_of(1, bob.user()).empty());
  alice.reattach(0);
  alice.resend(1, bob.user(), "m1");
  EXPECT_EQ(alice.heard().substr(0, 24), "attached at 0, stored 1,");
}

TEST_F(Restart, AFenceHoldsOverIt) {
  Client& newer = story.edge(0).client(alice.user(), "desk");
  newer.attach();
  newer.heard();
  newer.send(bob.user(), "m1");
  newer.heard();
  alice.heard();
  restart();
  alice.resend(1, bob.user(), "m2");
  EXPECT_EQ(alice.heard(), "fenced 1");
}

// Trace 4 of the protocol: the stopped edge re-attaches last.
TEST_F(Restart, TheNewerLoginStaysWhoeverComesLast) {
  Client& newer = story.edge(1).client(alice.user(), "desk");
  newer.attach();
  newer.heard();
  alice.heard();
  restart();
  newer.reattach(0);
  EXPECT_EQ(newer.heard(), "attached at 0");
  alice.reattach(0);
  EXPECT_EQ(alice.heard(), "replaced");
  EXPECT_EQ(newer.heard(), "");
}

}  // namespace
}  // namespace trunkline::routing
