// What retention took is told, never passed over: rule 1, `trimmed`.
#include <chrono>

#include "tests/clients/protocol_test.h"

namespace trunkline::tests {
namespace {

// A rank keeps its newest records out of the archive, and retention trims the archive: so many
// messages make sure that some of these went there and were trimmed.
constexpr wire::Mseq kMessages = 10'000;

class RetentionTest : public ProtocolTest {
 protected:
  RetentionTest() : ProtocolTest(forgetful_cluster) {}

  // Bob has received as many messages of alice's.
  void talk(TestClient& alice, const std::string& bob_name, TestClient& bob) {
    constexpr wire::Mseq kAtOnce = 500;
    for (wire::Mseq done = 0; done < kMessages; done += kAtOnce) {
      for (wire::Mseq i = 0; i < kAtOnce; ++i) alice.send(bob_name, "x");
      for (wire::Mseq i = 1; i <= kAtOnce; ++i) {
        EXPECT_EQ(bob.next_message().mseq, done + i);
        alice.next_stored();
        alice.next_message();
      }
      bob.received(done + kAtOnce);
    }
    bob.history({.limit = 1});  // goes behind the last `received`
  }
  double trimmed() { return cluster().rank_metric(0, "trunkline_rank_store_trimmed_total"); }
};
IN_BOTH_PROTOCOLS(RetentionTest);

TEST_P(RetentionTest, WhatItTookIsToldFirst) {
  const std::string alice_name = new_user("alice"), bob_name = new_user("bob");
  TestClient& bob = logged_in(bob_name);
  const double before = trimmed();
  talk(logged_in(alice_name), bob_name, bob);
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (trimmed() == before && std::chrono::steady_clock::now() < until) bob.round_trip();

  TestClient& desk = client();
  desk.login(bob_name, "desk", {.cursor = 0});
  const wire::Mseq first = desk.expect_trimmed();
  EXPECT_GT(first, 1U);
  EXPECT_LE(first, kMessages - kForgetfulRetention + 1);
  for (wire::Mseq mseq = first; mseq <= kMessages; ++mseq) {
    ASSERT_EQ(desk.next_message().mseq, mseq);
  }
  desk.expect_nothing_more();
}

TEST_P(RetentionTest, AHistoryEndsWhereItBegan) {
  const std::string alice_name = new_user("alice"), bob_name = new_user("bob");
  TestClient& bob = logged_in(bob_name);
  talk(logged_in(alice_name), bob_name, bob);
  TestClient& desk = client();
  desk.login(bob_name, "desk", {.cursor = 0});
  const wire::Mseq first = desk.next_message().mseq;
  HistoryPage page;
  wire::Mseq before = kMessages + 1;
  do {
    page = desk.history({.before = before, .limit = 200});
    // What there was before this page may have been taken meanwhile; then this is the end.
    ASSERT_TRUE(page.complete || !page.messages.empty());
    if (!page.messages.empty()) before = page.messages.front().mseq;
  } while (!page.complete);
  EXPECT_GE(before, first);  // retention may have gone on meanwhile
}

TEST_P(RetentionTest, TakesNothingThatNoDeviceHasReceived) {
  const std::string alice_name = new_user("alice"), bob_name = new_user("bob");
  TestClient& alice = logged_in(alice_name);
  constexpr wire::Mseq kUnread = 3 * kForgetfulRetention;
  for (wire::Mseq i = 0; i < kUnread; ++i) alice.send(bob_name, "unread");
  for (wire::Mseq i = 0; i < kUnread; ++i) alice.next_stored();
  const std::string carol_name = new_user("carol");
  TestClient& talker = logged_in(new_user("talker"));
  talk(talker, carol_name, logged_in(carol_name));  // pushes them into the archive
  TestClient& bob = logged_in(bob_name);
  for (wire::Mseq mseq = 1; mseq <= kUnread; ++mseq) ASSERT_EQ(bob.next_message().mseq, mseq);
  bob.expect_nothing_more();
}

}  // namespace
}  // namespace trunkline::tests
