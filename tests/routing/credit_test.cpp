// Bytes of SENDs from a rank to a home, and the line of those that wait: protocol section 9, and
// section 4 rule 7a.
#include <gtest/gtest.h>

#include "tests/routing/story.h"

namespace trunkline::routing {
namespace {

// Many ranks, so that the credit is small: 64 MiB / 512 = 128 KiB.
constexpr std::size_t kRanks = 512;
constexpr std::size_t kCredit = wire::send_bytes_outstanding_max(kRanks);

struct Credit : ::testing::Test {
  Credit() {
    alice.attach();
    alice.heard();
  }
  void fill(const wire::Bytes& to) {
    const wire::Bytes body(30'000, 'x');
    for (std::size_t bytes = 0; bytes < kCredit; bytes += body.size()) {
      alice.send(to, "fill" + std::to_string(bytes), body);
    }
    story.settle();
  }

  Story story{kRanks, {[](RouterConfig& config) { config.rate_per_second = 0; }}};
  Client& alice = story.edge(0).client(story.user_at(0), "desk");
  wire::Bytes bob = story.user_at(1);
};

TEST_F(Credit, StopsAtItsBoundAndGoesOnWithTheAnswers) {
  story.hold_commits(1);
  fill(bob);
  alice.send(bob, "last");
  story.settle();
  const auto seen = story.rank(0).router->inspect();
  EXPECT_GE(seen.send_bytes_outstanding_max, kCredit);
  EXPECT_LT(seen.send_bytes_outstanding_max, kCredit + wire::kClusterFrameBytesMax);
  story.let_commit(1);
  EXPECT_NE(alice.heard().find("stored 6"), std::string::npos);
  EXPECT_EQ(story.rank(0).router->inspect().send_bytes_outstanding_max, 0u);
}

TEST_F(Credit, CountsTheOwnHomeLikeAnyOther) {
  story.hold_commits(0);
  fill(alice.user());
  alice.send(alice.user(), "last");
  story.settle();
  EXPECT_LT(story.rank(0).router->inspect().send_bytes_outstanding_max,
            kCredit + wire::kClusterFrameBytesMax);
  story.let_commit(0);
  EXPECT_NE(alice.heard().find("stored 6"), std::string::npos);
}

// Rule 7a.
TEST_F(Credit, WaitedForFiveSecondsIsBusyWithAllThatWaitBehind) {
  story.hold_commits(1);
  fill(bob);
  alice.send(bob, "waits");
  story.settle();
  for (int second = 0; second < 4; ++second) {
    story.advance(wire::kBeatEveryUs);
    story.edge(0).beat();
  }
  alice.send(bob, "waits too");
  EXPECT_EQ(alice.heard(), "");
  story.advance(wire::kBeatEveryUs);
  EXPECT_EQ(alice.heard(), "refused 6 busy, refused 7 busy");
}

TEST_F(Credit, OfAPortThatHasDiedIsNotWaitedFor) {
  story.hold_commits(1);
  fill(bob);
  alice.send(bob, "waits");
  story.settle();
  story.edge(0).hello();
  story.let_commit(1);
  story.settle();
  EXPECT_EQ(story.log_of(1, bob).size(), 5u);
  EXPECT_EQ(story.rank(0).router->inspect().send_bytes_outstanding_max, 0u);
}

// Rule 7a, for the writer of the home.
TEST(Writer, WaitedForFiveSecondsIsBusy) {
  Story story(1, {[](RouterConfig& config) { config.rate_per_second = 0; }});
  Client& alice = story.edge(0).client(story.user_at(0), "desk");
  const wire::Bytes bob = story.user_at(0, 1);
  alice.attach();
  alice.heard();
  alice.send(bob, "m0");  // Bob's mailbox is in memory now.
  alice.heard();
  story.hold_commits(0);
  const wire::Bytes body(60'000, 'x');
  for (int i = 1; i <= 8; ++i) alice.send(bob, "m" + std::to_string(i), body);
  story.settle();
  EXPECT_EQ(story.rank(0).router->inspect().queued, 10u) << "five, each with its copy";
  for (int second = 0; second < 5; ++second) {
    story.advance(wire::kBeatEveryUs);
    story.edge(0).beat();
  }
  EXPECT_EQ(alice.heard(), "refused 7 busy, refused 8 busy, refused 9 busy");
  story.let_commit(0);
  EXPECT_EQ(alice.heard().substr(0, 53), "stored 2, stored 3, stored 4, stored 5, stored 6, 2 f");
}

TEST(Writer, ThatIsQuickAgainTakesWhatWaits) {
  Story story(1, {[](RouterConfig& config) { config.rate_per_second = 0; }});
  Client& alice = story.edge(0).client(story.user_at(0), "desk");
  const wire::Bytes bob = story.user_at(0, 1);
  alice.attach();
  alice.heard();
  story.hold_commits(0);
  for (int i = 0; i < 8; ++i) alice.send(bob, "m" + std::to_string(i), wire::Bytes(60'000, 'x'));
  story.settle();
  story.let_commit(0);
  EXPECT_EQ(story.log_of(0, bob).size(), 8u);
}

}  // namespace
}  // namespace trunkline::routing
