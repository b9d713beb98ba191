// Copy streams: protocol section 4 (copy streams) and section 9's row of the COPY window.
#include <gtest/gtest.h>

#include "tests/routing/story.h"

namespace trunkline::routing {
namespace {

// alice's home is rank 0, bob's is rank 1: the copies of what alice sends go from 1 to 0.
struct Copies : ::testing::Test {
  Copies() {
    alice.attach();
    alice.heard();
  }
  using Lines = std::vector<std::string>;
  Lines alices_log() { return story.log_of(0, alice.user()); }
  std::string line(int number, const std::string& id) {
    return std::to_string(number) + " " + alice.user() + ">" + bob + " " + id;
  }

  Story story{2};
  Client& alice = story.edge(0).client(story.user_at(0), "desk");
  wire::Bytes bob = story.user_at(1);
};

TEST_F(Copies, ReachEveryDeviceOfTheSenderTheSendingOneToo) {
  Client& phone = story.edge(1).client(alice.user(), "phone");
  phone.attach();
  phone.heard();
  alice.send(bob, "m1");
  EXPECT_EQ(alice.heard(), "stored 1, 1 from " + alice.user() + ": hello");
  EXPECT_EQ(phone.heard(), "1 from " + alice.user() + ": hello");
  EXPECT_EQ(alices_log(), Lines{line(1, "m1")});
}

TEST_F(Copies, CarryTheirSource) {
  alice.send(bob, "m1");
  alice.heard();
  const auto& log = story.rank(0).disk->log;
  const auto& source = story.rank(1).disk->log;
  for (wire::Lsn lsn = log.first(); lsn <= log.last(); ++lsn) {
    const auto record = wire::record_of<wire::MessageRecord>(*wire::decode_record(log.at(lsn)));
    if (!record) continue;
    EXPECT_EQ(record->source_log, story.rank(1).disk->log_id);
    EXPECT_TRUE(record->is_own_copy());
    const auto original =
        wire::record_of<wire::MessageRecord>(*wire::decode_record(source.at(record->source_lsn)));
    EXPECT_EQ(original->message.raw, record->message.raw);
  }
}

TEST_F(Copies, AreNotReadBeforeTheCommit) {
  story.hold_commits(1);
  alice.send(bob, "m1");
  EXPECT_EQ(alice.heard(), "");
  EXPECT_TRUE(alices_log().empty());
}

TEST_F(Copies, LostWithTheJobAreCopiedByTheNextOneOnce) {
  story.hold_link(1, 0);
  alice.send(bob, "m1");
  alice.heard();
  EXPECT_TRUE(alices_log().empty());
  story.restart();
  story.let_link(1, 0);
  story.settle();
  EXPECT_EQ(alices_log(), Lines{line(1, "m1")});
  story.restart();
  EXPECT_EQ(alices_log(), Lines{line(1, "m1")});
}

TEST_F(Copies, AreWrittenOnceThoughTheirConfirmWasLost) {
  story.hold_link(0, 1);  // COPIED does not come back, so the source begins again.
  Client& bob_here = story.edge(1).client(bob, "desk");
  bob_here.attach();
  Client& alice_there = story.edge(1).client(alice.user(), "phone");
  static_cast<void>(alice_there);
  bob_here.send(bob, "to myself");
  bob_here.heard();
  story.let_link(0, 1);
  alice.send(bob, "m1");
  alice.heard();
  story.hold_link(0, 1);
  story.restart();
  story.let_link(0, 1);
  story.settle();
  EXPECT_EQ(alices_log(), Lines{line(1, "m1")});
}

TEST_F(Copies, PositionsAreKept) {
  alice.send(bob, "m1");
  alice.heard();
  EXPECT_GT(story.rank(1).router->inspect().copy_streams.at(0).position, 0u);
  story.advance(wire::kCursorFlushUs);
  EXPECT_EQ(story.records_in_log(1, wire::RecordType::copied), 1u);
  story.restart();
  EXPECT_GT(story.rank(1).router->inspect().copy_streams.at(0).position, 0u);
}

TEST_F(Copies, WaitWhereThereIsNoRoomAndComeThen) {
  story.set_full(0, true);
  alice.send(bob, "m1");
  EXPECT_EQ(alice.heard(), "stored 1") << "never on the ack path";
  EXPECT_TRUE(alices_log().empty());
  story.set_full(0, false);
  EXPECT_EQ(alices_log(), Lines{line(1, "m1")});
}

TEST_F(Copies, ThatWereTakenBackComeAgain) {
  story.hold_commits(0);
  alice.send(bob, "m1");
  EXPECT_EQ(alice.heard(), "stored 1");
  story.rank(0).store->set_full(true);
  story.let_commit(0);
  EXPECT_TRUE(alices_log().empty());
  story.set_full(0, false);
  EXPECT_EQ(alices_log(), Lines{line(1, "m1")});
}

TEST_F(Copies, StopAtTheirWindow) {
  story.hold_commits(0);
  const wire::Bytes body(30'000, 'x');
  for (int i = 0; i < 20; ++i) {
    alice.send(bob, "m" + std::to_string(i), body);
    alice.heard();
  }
  EXPECT_LE(story.rank(0).router->inspect().queued * body.size(),
            wire::kCopyWindowBytes + wire::kClusterFrameBytesMax);
  story.let_commit(0);
  EXPECT_EQ(alices_log().size(), 20u);
}

TEST_F(Copies, AreNotRememberedAsSentToTheirOwner) {
  alice.send(bob, "m1");
  alice.heard();
  alice.send(alice.user(), "m1");
  EXPECT_EQ(alice.heard(), "stored 2, 2 from " + alice.user() + ": hello");
  EXPECT_EQ(alices_log().size(), 2u);
}

}  // namespace
}  // namespace trunkline::routing
