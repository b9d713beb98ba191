// history: pages, `with`, `before`, `limit`, `ref`.
#include "tests/clients/protocol_test.h"

namespace trunkline::tests {
namespace {

// Limits are off: these tests send more than a person does.
class HistoryTest : public ProtocolTest {
 protected:
  HistoryTest() : ProtocolTest(lab_cluster) {}
  void SetUp() override {
    alice_name = new_user("alice");
    bob_name = new_user("bob");
    carol_name = new_user("carol");
  }
  // Alice's mailbox then holds `count` messages to `to`, with the bodies 1, 2, 3 …
  void fill(TestClient& alice, const std::string& to, int count, std::size_t padding = 0) {
    for (int i = 1; i <= count; ++i) {
      alice.send(to, std::to_string(i) + std::string(padding, '.'));
    }
    for (int i = 1; i <= count; ++i) alice.next_stored();
    for (int i = 1; i <= count; ++i) alice.next_message();
  }
  static void expect_rising(const HistoryPage& page, wire::Mseq first, wire::Mseq last) {
    ASSERT_EQ(page.messages.size(), last - first + 1);
    for (std::size_t i = 0; i < page.messages.size(); ++i) {
      EXPECT_EQ(page.messages[i].mseq, first + i);
    }
  }
  std::string alice_name, bob_name, carol_name;
};
IN_BOTH_PROTOCOLS(HistoryTest);

TEST_P(HistoryTest, OfNothingIsComplete) {
  const HistoryPage page = logged_in(alice_name).history({.ref = "r1"});
  EXPECT_TRUE(page.messages.empty());
  EXPECT_TRUE(page.complete);
  EXPECT_EQ(page.ref, "r1");
}

TEST_P(HistoryTest, EntriesAreAsInMessage) {
  TestClient& alice = logged_in(alice_name);
  const std::string id = alice.send(bob_name, "hello");
  const Shown own = alice.next_message();
  const HistoryPage page = alice.history();
  ASSERT_EQ(page.messages.size(), 1U);
  const Shown& entry = page.messages[0];
  EXPECT_EQ(entry.mseq, own.mseq);
  EXPECT_EQ(entry.id, id);
  EXPECT_EQ(entry.from, alice_name);
  EXPECT_EQ(entry.to, bob_name);
  EXPECT_EQ(entry.body, "hello");
  EXPECT_EQ(entry.time_ms, own.time_ms);
}

TEST_P(HistoryTest, DefaultsTo50NewestFirstRisingInside) {
  TestClient& alice = logged_in(alice_name);
  fill(alice, bob_name, 120);
  const HistoryPage newest = alice.history();
  expect_rising(newest, 71, 120);
  EXPECT_FALSE(newest.complete);
  const HistoryPage middle = alice.history({.before = 71});
  expect_rising(middle, 21, 70);
  EXPECT_FALSE(middle.complete);
  const HistoryPage oldest = alice.history({.before = 21});
  expect_rising(oldest, 1, 20);
  EXPECT_TRUE(oldest.complete);
}

TEST_P(HistoryTest, IsCompleteExactlyWhenNothingOlderRemains) {
  TestClient& alice = logged_in(alice_name);
  fill(alice, bob_name, 20);
  EXPECT_TRUE(alice.history({.limit = 20}).complete);
  EXPECT_FALSE(alice.history({.limit = 19}).complete);
  EXPECT_TRUE(alice.history({.before = 11, .limit = 10}).complete);
  EXPECT_TRUE(alice.history({.before = 1}).complete);
  EXPECT_TRUE(alice.history({.before = 1}).messages.empty());
}

TEST_P(HistoryTest, LimitIsClampedTo200) {
  TestClient& alice = logged_in(alice_name);
  fill(alice, bob_name, 210);
  expect_rising(alice.history({.limit = 1'000}), 11, 210);
  expect_rising(alice.history({.limit = 3}), 208, 210);
}

TEST_P(HistoryTest, APageIsClampedTo256KiB) {
  TestClient& alice = logged_in(alice_name);
  constexpr int kMessages = 20;
  constexpr std::size_t kBytes = 30'000;
  fill(alice, bob_name, kMessages, kBytes);
  wire::Mseq before = kMessages + 1;
  bool complete = false;
  int pages = 0;
  while (!complete && pages < kMessages) {
    const HistoryPage page = alice.history({.before = before, .limit = 200});
    ASSERT_FALSE(page.messages.empty());
    EXPECT_LE(page.messages.size() * kBytes, 256U * 1024);
    expect_rising(page, page.messages.front().mseq, before - 1);
    before = page.messages.front().mseq;
    complete = page.complete;
    ++pages;
  }
  EXPECT_TRUE(complete);
  EXPECT_EQ(before, 1U);
  EXPECT_GE(pages, 3);
}

TEST_P(HistoryTest, WithOnePersonIsBothWays) {
  TestClient& alice = logged_in(alice_name, 0);
  TestClient& bob = logged_in(bob_name, 1);
  TestClient& carol = logged_in(carol_name, 2);
  alice.send(bob_name, "to bob");
  alice.next_message();
  bob.send(alice_name, "from bob");
  alice.next_message();
  carol.send(alice_name, "from carol");
  alice.next_message();
  alice.send(alice_name, "to myself");
  alice.next_message();
  const HistoryPage page = alice.history({.with = bob_name});
  ASSERT_EQ(page.messages.size(), 2U);
  EXPECT_EQ(page.messages[0].body, "to bob");
  EXPECT_EQ(page.messages[1].body, "from bob");
  EXPECT_TRUE(page.complete);
  const HistoryPage own = alice.history({.with = alice_name});
  ASSERT_EQ(own.messages.size(), 1U);
  EXPECT_EQ(own.messages[0].body, "to myself");
  EXPECT_TRUE(alice.history({.with = "nobody"}).messages.empty());
}

TEST_P(HistoryTest, WithPagesToo) {
  TestClient& alice = logged_in(alice_name);
  for (int i = 0; i < 10; ++i) {
    alice.send_and_see(bob_name, "bob");
    alice.send_and_see(carol_name, "carol");
  }
  const HistoryPage newest = alice.history({.with = bob_name, .limit = 4});
  ASSERT_EQ(newest.messages.size(), 4U);
  EXPECT_EQ(newest.messages.front().mseq, 13U);
  EXPECT_FALSE(newest.complete);
  const HistoryPage rest = alice.history({.with = bob_name, .before = 13, .limit = 100});
  EXPECT_EQ(rest.messages.size(), 6U);
  EXPECT_TRUE(rest.complete);
}

TEST_P(HistoryTest, SeveralQuestionsAreAnsweredInTurn) {
  TestClient& alice = logged_in(alice_name);
  fill(alice, bob_name, 5);
  for (int i = 0; i < 5; ++i) alice.ask_history({.ref = std::to_string(i)});
  for (int i = 0; i < 5; ++i) {
    const HistoryPage page = alice.next_page();
    EXPECT_EQ(page.ref, std::to_string(i));
    expect_rising(page, 1, 5);
  }
}

TEST_P(HistoryTest, DoesNotMoveTheCursor) {
  TestClient& alice = logged_in(alice_name);
  fill(alice, bob_name, 5);
  alice.history();
  alice.bye();
  alice.expect_closed();
  EXPECT_EQ(client(1).login(alice_name, "phone").cursor, 0U);
}

}  // namespace
}  // namespace trunkline::tests
