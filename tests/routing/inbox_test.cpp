// Messages into a mailbox: protocol section 4, rules 13 to 20.
#include <gtest/gtest.h>

#include "tests/routing/story.h"

namespace trunkline::routing {
namespace {

// alice's home and bob's home are rank 0; alice sends, bob is not there.
struct Inbox : ::testing::Test {
  explicit Inbox(Story::Options options = {}) : story(1, std::move(options)) {
    alice.attach();
    alice.takes = true;
    EXPECT_EQ(alice.heard(), "attached at 0");
  }
  // What alice hears of her own copies is not what these tests are about.
  std::string answers() {
    std::string kept;
    std::string all = alice.heard() + ", ";
    for (std::size_t at; (at = all.find(", ")) != std::string::npos; all.erase(0, at + 2)) {
      const std::string one = all.substr(0, at);
      if (one.empty() || one.find(" from ") != std::string::npos) continue;
      kept += (kept.empty() ? "" : ", ") + one;
    }
    return kept;
  }
  std::vector<std::string> bobs_ids() {
    std::vector<std::string> ids;
    for (const std::string& line : story.log_of(0, bob))
      ids.push_back(line.substr(line.rfind(' ') + 1));
    return ids;
  }
  using Ids = std::vector<std::string>;

  Story story;
  Client& alice = story.edge(0).client(story.user_at(0), "desk");
  wire::Bytes bob = story.user_at(0, 1);
};

TEST_F(Inbox, AnswersAfterTheCommitAndNotBefore) {
  story.hold_commits(0);
  alice.send(bob, "m1");
  EXPECT_EQ(answers(), "");
  story.let_commit(0);
  EXPECT_EQ(answers(), "stored 1");
  EXPECT_EQ(bobs_ids(), Ids{"m1"});
}

// Rule 13.
TEST_F(Inbox, FencesAnOlderLogin) {
  Client& newer = story.edge(0).client(alice.user(), "desk");
  newer.attach();
  newer.heard();
  newer.send(bob, "m1");
  newer.heard();
  alice.heard();
  alice.send(bob, "m2");
  EXPECT_EQ(answers(), "fenced 1");
  EXPECT_EQ(bobs_ids(), Ids{"m1"});
}

// Rule 14.
TEST_F(Inbox, AnswersACopyOfACommittedMessageWithoutStoringIt) {
  alice.send(bob, "m1");
  EXPECT_EQ(answers(), "stored 1");
  alice.send(bob, "m1");
  EXPECT_EQ(answers(), "stored 2");
  EXPECT_EQ(bobs_ids(), Ids{"m1"});
}

// Rule 15.
TEST_F(Inbox, ACopyOfAQueuedMessageWaitsForTheSameCommit) {
  story.hold_commits(0);
  alice.send(bob, "m1");
  alice.send(bob, "m1");
  EXPECT_EQ(answers(), "");
  story.let_commit(0);
  EXPECT_EQ(answers(), "stored 1, stored 2");
  EXPECT_EQ(bobs_ids(), Ids{"m1"});
}

TEST_F(Inbox, TheSameIdWithAnotherBodyIsAnotherMessage) {
  alice.send(bob, "m1", "one");
  alice.send(bob, "m1", "two");
  EXPECT_EQ(answers(), "stored 1, stored 2");
  EXPECT_EQ(bobs_ids(), (Ids{"m1", "m1"}));
}

TEST_F(Inbox, IdsBelongToTheDevice) {
  Client& phone = story.edge(0).client(alice.user(), "phone");
  phone.attach();
  phone.heard();
  alice.send(bob, "m1");
  alice.heard();
  phone.send(bob, "m1");
  phone.heard();
  EXPECT_EQ(bobs_ids(), (Ids{"m1", "m1"}));
}

// Rule 16.
TEST_F(Inbox, RefusesAnUnknownReceiverForGood) {
  alice.send("nobody", "m1");
  EXPECT_EQ(answers(), "refused 1 no_such_user");
  EXPECT_FALSE(may_retry(wire::Code::no_such_user));
}

TEST_F(Inbox, ARefusedMessageMayBeSentAgainAndTakesANewPlace) {
  story.set_full(0, true);
  alice.send(bob, "m1");
  EXPECT_EQ(answers(), "refused 1 full");
  story.set_full(0, false);
  alice.send(bob, "m2");
  alice.send(bob, "m1");
  EXPECT_EQ(answers(), "stored 2, stored 3");
  EXPECT_EQ(bobs_ids(), (Ids{"m2", "m1"}));
}

TEST_F(Inbox, AMessageToOneselfIsOneRecord) {
  alice.send(alice.user(), "m1");
  EXPECT_EQ(alice.heard(), "stored 1, 1 from " + alice.user() + ": hello");
  EXPECT_EQ(story.log_of(0, alice.user()).size(), 1u);
}

TEST_F(Inbox, TheSendersCopyAtTheSameHomeIsInTheSameCommit) {
  story.hold_commits(0);
  alice.send(bob, "m1");
  EXPECT_EQ(alice.heard(), "");
  EXPECT_TRUE(story.rank(0).store->commit_one());
  EXPECT_EQ(story.log_of(0, alice.user()).size(), 1u);
  EXPECT_EQ(bobs_ids(), Ids{"m1"});
}

// Rule 20.
TEST_F(Inbox, ATakenBackCommitRefusesAllWhoWaitAndForgetsTheirIds) {
  story.hold_commits(0);
  alice.send(bob, "m1");
  alice.send(bob, "m2");
  alice.send(bob, "m1");
  EXPECT_EQ(answers(), "");
  story.set_full(0, true);
  story.let_commit(0);
  EXPECT_EQ(answers(), "refused 1 full, refused 3 full, refused 2 full");
  EXPECT_TRUE(bobs_ids().empty());
  story.set_full(0, false);
  alice.send(bob, "m1");
  EXPECT_EQ(answers(), "stored 4");
  EXPECT_EQ(story.log_of(0, bob),
            std::vector<std::string>{"1 " + alice.user() + ">" + bob + " m1"});
}

TEST_F(Inbox, TimeNeverGoesBackInAMailbox) {
  story.set_wall(5'000'000'000'000);
  alice.send(bob, "m1");
  answers();
  story.set_wall(1'000'000'000'000);
  alice.send(bob, "m2");
  answers();
  const auto& log = story.rank(0).disk->log;
  std::int64_t last = 0;
  for (wire::Lsn lsn = log.first(); lsn <= log.last(); ++lsn) {
    const auto record = wire::record_of<wire::MessageRecord>(*wire::decode_record(log.at(lsn)));
    if (!record || record->owner != bob) continue;
    EXPECT_GE(record->time_ms, last);
    last = record->time_ms;
  }
  EXPECT_EQ(last, 5'000'000'000'000);
}

TEST_F(Inbox, ReadsOfItsMailboxMayComeLate) {
  story.hold_loads(0);
  alice.send(bob, "m1");
  alice.send(bob, "m2");
  EXPECT_EQ(answers(), "");
  story.let_load(0);
  EXPECT_EQ(answers(), "stored 1, stored 2");
  EXPECT_EQ(bobs_ids(), (Ids{"m1", "m2"}));
}

TEST_F(Inbox, StopRefusesWhatComes) {
  story.hold_commits(0);
  alice.send(bob, "m1");
  answers();
  story.step(0, StopAsked{});
  alice.send(bob, "m2");
  EXPECT_EQ(answers(), "refused 2 unavailable");
  EXPECT_FALSE(story.rank(0).effects.quiet);
  story.let_commit(0);
  EXPECT_EQ(answers(), "stored 1");
  story.settle();
  EXPECT_TRUE(story.rank(0).effects.quiet);
}

struct SmallQuota : Inbox {
  SmallQuota() : Inbox({[](RouterConfig& config) { config.quota_messages = 3; }}) {}
};

TEST_F(SmallQuota, RefusesWhatNoDeviceHasRoomFor) {
  for (const char* id : {"m1", "m2", "m3", "m4"}) alice.send(bob, id);
  EXPECT_EQ(answers(), "refused 4 quota, stored 1, stored 2, stored 3");
}

TEST_F(SmallQuota, CountsFromTheHighestCursorOfAnyDevice) {
  for (const char* id : {"m1", "m2", "m3"}) alice.send(bob, id);
  answers();
  Client& phone = story.edge(0).client(bob, "phone");
  phone.attach();
  phone.heard();
  phone.received(2);
  for (const char* id : {"m4", "m5", "m6"}) alice.send(bob, id);
  EXPECT_EQ(answers(), "refused 6 quota, stored 4, stored 5");
}

TEST_F(SmallQuota, DoesNotCountTheOwnersOwnCopies) {
  for (int i = 0; i < 5; ++i) {
    alice.send(story.user_at(0, 2 + i), "m" + std::to_string(i));
  }
  answers();
  Client& carol = story.edge(0).client(story.user_at(0, 7), "desk");
  carol.attach();
  carol.send(alice.user(), "c1");
  EXPECT_EQ(carol.heard().substr(0, 25), "attached at 0, stored 1, ");
}

TEST_F(SmallQuota, AnswersACopyOfAStoredMessageThoughItIsFull) {
  for (const char* id : {"m1", "m2", "m3"}) alice.send(bob, id);
  answers();
  alice.send(bob, "m2");
  EXPECT_EQ(answers(), "stored 4");
}

struct SmallRate : Inbox {
  SmallRate()
      : Inbox({[](RouterConfig& config) {
          config.rate_per_second = 1;
          config.rate_burst = 2;
        }}) {}
};

TEST_F(SmallRate, RefusesASenderThatIsFasterUntilTimeHasPassed) {
  for (const char* id : {"m1", "m2", "m3"}) alice.send(bob, id);
  EXPECT_EQ(answers(), "refused 3 rate, stored 1, stored 2");
  story.advance(1'000'000);
  alice.send(bob, "m3");
  EXPECT_EQ(answers(), "stored 4");
}

struct SmallMemory : Inbox {
  SmallMemory() : Inbox({[](RouterConfig& config) { config.remembered_ids = 2; }}) {}
};

TEST_F(SmallMemory, ForgetsIdsBeyondTheLastR) {
  for (const char* id : {"m1", "m2", "m3"}) alice.send(bob, id);
  answers();
  alice.send(bob, "m3");
  alice.send(bob, "m1");
  EXPECT_EQ(answers(), "stored 4, stored 5");
  EXPECT_EQ(bobs_ids(), (Ids{"m1", "m2", "m3", "m1"}));
}

}  // namespace
}  // namespace trunkline::routing
