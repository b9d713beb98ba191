// Where a session starts in its mailbox, and how far its device has come: rule 1, `received`.
#include "tests/clients/protocol_test.h"

namespace trunkline::tests {
namespace {

using wire::Code;

class CursorTest : public ProtocolTest {
 protected:
  void SetUp() override {
    alice_name = new_user("alice");
    bob_name = new_user("bob");
    TestClient& alice = logged_in(alice_name);
    for (int i = 1; i <= kMessages; ++i) alice.send(bob_name, std::to_string(i));
    for (int i = 1; i <= kMessages; ++i) alice.expect_stored("m" + std::to_string(i));
  }
  // Bob's phone is shown everything from `first` on, and nothing else.
  void expect_from(TestClient& bob, wire::Mseq first) {
    for (wire::Mseq mseq = first; mseq <= kMessages; ++mseq) {
      EXPECT_EQ(bob.next_message().mseq, mseq);
    }
    bob.expect_nothing_more();
  }
  // `received` has no answer; one that takes the same road behind it tells that it was taken.
  static void say_goodbye(TestClient& bob) {
    bob.history();
    bob.bye();
    EXPECT_EQ(bob.expect_closed().code, 1000);
  }
  static constexpr int kMessages = 10;
  std::string alice_name, bob_name;
};
IN_BOTH_PROTOCOLS(CursorTest);

TEST_P(CursorTest, WithoutOneAnUnknownDeviceStartsAt0) {
  TestClient& bob = client(1);
  EXPECT_EQ(bob.login(bob_name, "phone").cursor, 0U);
  expect_from(bob, 1);
}

TEST_P(CursorTest, ThatAClientGivesIsTaken) {
  TestClient& bob = client(1);
  EXPECT_EQ(bob.login(bob_name, "phone", {.cursor = 7}).cursor, 7U);
  expect_from(bob, 8);
  TestClient& again = client(0);
  EXPECT_EQ(again.login(bob_name, "phone", {.cursor = 3}).cursor, 3U);  // also an older one
  expect_from(again, 4);
}

TEST_P(CursorTest, AtTheEndMeansNothingOld) {
  TestClient& bob = logged_in(bob_name, 1, "phone", {.cursor = kMessages});
  bob.expect_nothing_more();
  TestClient& alice = logged_in(alice_name);
  alice.send_as("new", bob_name, "new");
  EXPECT_EQ(bob.expect_message(alice_name, "new").mseq, 11U);
}

TEST_P(CursorTest, BeyondTheEndIsBad) {
  TestClient& bob = client(1);
  EXPECT_EQ(bob.login_error(bob_name, "phone", {.cursor = kMessages + 1}).code, Code::bad_cursor);
  EXPECT_EQ(bob.closed()->code, 1008);
  EXPECT_EQ(bob.login(bob_name, "phone", {.cursor = 0}).cursor, 0U);
  expect_from(bob, 1);
}

TEST_P(CursorTest, OfAnotherMailboxIs0) {
  TestClient& bob = client(1);
  const Welcomed welcome = bob.login(bob_name, "phone", {.cursor = 7, .mailbox = "another"});
  EXPECT_EQ(welcome.cursor, 0U);
  expect_from(bob, 1);
  TestClient& again = client(0);
  const Welcomed same = again.login(bob_name, "phone", {.cursor = 7, .mailbox = welcome.mailbox});
  EXPECT_EQ(same.cursor, 7U);
  EXPECT_EQ(same.mailbox, welcome.mailbox);
}

TEST_P(CursorTest, OfAnotherMailboxIsNotBadBeyondTheEnd) {
  TestClient& bob = client(1);
  EXPECT_EQ(bob.login(bob_name, "phone", {.cursor = 5'000, .mailbox = "another"}).cursor, 0U);
}

TEST_P(CursorTest, ReceivedMovesTheOneThatIsKept) {
  TestClient& bob = logged_in(bob_name, 1);
  for (int i = 1; i <= kMessages; ++i) bob.next_message();
  bob.received(6);
  say_goodbye(bob);
  TestClient& again = client(0);
  EXPECT_EQ(again.login(bob_name, "phone").cursor, 6U);
  expect_from(again, 7);
  EXPECT_EQ(client(1).login(bob_name, "desk").cursor, 0U);  // each device has its own
}

TEST_P(CursorTest, NeverMovesBackwards) {
  TestClient& bob = logged_in(bob_name, 1);
  for (int i = 1; i <= kMessages; ++i) bob.next_message();
  bob.received(6);
  bob.received(2);
  say_goodbye(bob);
  EXPECT_EQ(client().login(bob_name, "phone").cursor, 6U);
}

TEST_P(CursorTest, ReceivedBeyondWhatWasSentIsIgnored) {
  TestClient& bob = logged_in(bob_name, 1);
  for (int i = 1; i <= kMessages; ++i) bob.next_message();
  bob.received(4);
  bob.received(5'000);
  say_goodbye(bob);
  EXPECT_EQ(client().login(bob_name, "phone").cursor, 4U);
}

TEST_P(CursorTest, OutOfRangeIsABadRequest) {
  TestClient& bob = logged_in(bob_name, 1);
  bob.received(wire::kNumberMax + 1);
  bob.expect_error(Code::bad_request);
}

}  // namespace
}  // namespace trunkline::tests
