// The judge finds what it is there to find.
#include "tests/cluster/ledger.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/temporary_directory.h"

namespace trunkline::tests {
namespace {

class LedgerTest : public testing::Test {
 protected:
  // Three clients; what alice sends is for bob unless it says otherwise.
  Verdict judged(const std::string& alice, const std::string& bob, const std::string& eve = "") {
    for (const auto& [user, lines] : {std::pair("alice", alice), {"bob", bob}, {"eve", eve}}) {
      std::ofstream(path(user)) << lines;
    }
    return judge({{"alice", path("alice")}, {"bob", path("bob")}, {"eve", path("eve")}});
  }
  std::string path(const std::string& user) const { return temporary_.path() + "/" + user; }
  TemporaryDirectory temporary_;
};

constexpr const char* kAlice =
    "sent m1 bob\nsent m2 bob\nstored m1\nstored m2\nshown m1 1 alice bob\nshown m2 2 alice bob\n";
constexpr const char* kBob = "shown m1 1 alice bob\nshown m2 2 alice bob\n";

TEST_F(LedgerTest, AWholeStoryIsRight) {
  const Verdict verdict = judged(kAlice, kBob);
  EXPECT_EQ(verdict.wrong(), 0u) << to_string(verdict);
  EXPECT_EQ(verdict.stored, 2u);
  EXPECT_EQ(verdict.sent, 2u);
}

TEST_F(LedgerTest, FindsWhatIsWrongAndNamesTheFirst) {
  EXPECT_EQ(judged(kAlice, "shown m1 1 alice bob\n").acked_lost, 1u);
  EXPECT_EQ(judged("sent m1 bob\nstored m1\n", "shown m1 1 alice bob\n").acked_lost, 1u)
      << "the sender's own copy";
  EXPECT_EQ(judged(kAlice, std::string(kBob) + "shown m2 3 alice bob\n").shown_twice, 1u);
  EXPECT_EQ(judged(kAlice, "shown m2 1 alice bob\nshown m1 2 alice bob\n").out_of_order, 1u);
  EXPECT_EQ(judged(kAlice, "shown m1 1 alice bob\nshown m2 3 alice bob\n").holes, 1u);
  EXPECT_EQ(judged(kAlice, std::string(kBob) + "shown m9 3 alice bob\n").never_sent, 1u);
  EXPECT_EQ(judged(kAlice, std::string(kBob) + "shown m1 3 eve bob\n").never_sent, 1u);
  EXPECT_EQ(judged(kAlice, kBob, "shown m1 1 alice bob\n").misdirected, 1u);
  EXPECT_EQ(judged("sent m1 bob\nrefused m1\n", "shown m1 1 alice bob\n").refused_shown, 1u);
  EXPECT_EQ(judged("sent m1 bob\n", "").unanswered, 1u);
  EXPECT_EQ(judged("sent m1 bob\n", "").first, "m1 of alice to bob has no answer");
}

TEST_F(LedgerTest, WhatWasPutOffHasLeftItsPlace) {
  const std::string alice =
      "sent m1 bob\nsent m2 bob\nput_off m1\nstored m2\nstored m1\n"
      "shown m2 1 alice bob\nshown m1 2 alice bob\n";
  EXPECT_EQ(judged(alice, "shown m2 1 alice bob\nshown m1 2 alice bob\n").wrong(), 0u);
}

TEST_F(LedgerTest, AKilledClientRemembersWhatItMustGoOnWith) {
  {
    Ledger ledger(path("carol"));
    ledger.mailbox("17");
    ledger.sent("m1", "bob");
    ledger.sent("m2", "bob");
    ledger.sent("m3", "nobody");
    ledger.stored("m1");
    ledger.refused("m3", false);
    ledger.refused("m2", true);
    ledger.shown(5, "bob", "carol", "m9");
  }
  const Remembered remembered = remember(path("carol"));
  EXPECT_EQ(remembered.mailbox, "17");
  EXPECT_EQ(remembered.sent.size(), 3u);
  EXPECT_EQ(remembered.stored, 1u);
  EXPECT_EQ(remembered.cursor, 5u);
  ASSERT_EQ(remembered.unanswered.size(), 1u);
  EXPECT_EQ(remembered.unanswered.front().id, "m2");
  EXPECT_EQ(remembered.unanswered.front().to, "bob");
}

}  // namespace
}  // namespace trunkline::tests
