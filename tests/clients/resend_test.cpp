// Dedup by (device, id, body): rule 3, and order over reconnects: rule 4.
#include "tests/clients/protocol_test.h"

namespace trunkline::tests {
namespace {

class ResendTest : public ProtocolTest {
 protected:
  void SetUp() override {
    alice_name = new_user("alice");
    bob_name = new_user("bob");
  }
  std::string alice_name, bob_name;
};
IN_BOTH_PROTOCOLS(ResendTest);

TEST_P(ResendTest, ARepeatIsStoredAgainAndShownOnce) {
  TestClient& alice = logged_in(alice_name);
  TestClient& bob = logged_in(bob_name, 1);
  for (int i = 0; i < 3; ++i) {
    alice.send_as("once", bob_name, "hello");
    alice.expect_stored("once");
  }
  alice.send_as("next", bob_name, "next");
  EXPECT_EQ(bob.expect_message(alice_name, "hello").mseq, 1U);
  EXPECT_EQ(bob.expect_message(alice_name, "next").mseq, 2U);
}

TEST_P(ResendTest, RepeatsThatTravelTogetherEachGetAnAnswer) {
  TestClient& alice = logged_in(alice_name);
  TestClient& bob = logged_in(bob_name, 1);
  for (int i = 0; i < 10; ++i) alice.send_as("once", bob_name, "hello");
  for (int i = 0; i < 10; ++i) alice.expect_stored("once");
  alice.send_as("next", bob_name, "next");
  bob.expect_message(alice_name, "hello");
  bob.expect_message(alice_name, "next");
}

TEST_P(ResendTest, IsKnownAcrossReconnectsAndEdges) {
  TestClient& bob = logged_in(bob_name, 1);
  for (unsigned login = 0; login < 4; ++login) {
    TestClient& alice = logged_in(alice_name, login % 2);
    alice.send_as("once", bob_name, "hello");
    alice.expect_stored("once");
    alice.cut();
  }
  TestClient& alice = logged_in(alice_name);
  alice.send_as("next", bob_name, "next");
  bob.expect_message(alice_name, "hello");
  bob.expect_message(alice_name, "next");
}

TEST_P(ResendTest, AnIdWithAnotherBodyIsAnotherMessage) {
  TestClient& alice = logged_in(alice_name);
  TestClient& bob = logged_in(bob_name, 1);
  alice.send_as("m", bob_name, "one");
  alice.expect_stored("m");
  alice.send_as("m", bob_name, "two");
  alice.expect_stored("m");
  EXPECT_EQ(bob.expect_message(alice_name, "one").id, "m");
  EXPECT_EQ(bob.expect_message(alice_name, "two").id, "m");
}

TEST_P(ResendTest, TheSameIdToAnotherReceiverIsAnotherMessage) {
  const std::string carol_name = new_user("carol");
  TestClient& alice = logged_in(alice_name);
  alice.send_as("m", bob_name, "hello");
  alice.send_as("m", carol_name, "hello");
  const Answered answers[] = {alice.next_stored(), alice.next_stored()};
  EXPECT_NE(answers[0].to, answers[1].to);
  logged_in(bob_name).expect_message(alice_name, "hello");
  logged_in(carol_name).expect_message(alice_name, "hello");
}

TEST_P(ResendTest, UnansweredMessagesInOrderKeepTheOrder) {
  TestClient& bob = logged_in(bob_name, 1);
  TestClient& alice = logged_in(alice_name, 0);
  for (int i = 1; i <= 30; ++i) alice.send(bob_name, std::to_string(i));
  alice.client().flush();
  alice.cut();  // none was answered, some may be on their way
  TestClient& again = logged_in(alice_name, 1);
  for (int i = 1; i <= 40; ++i) again.send(bob_name, std::to_string(i));
  for (int i = 1; i <= 40; ++i) again.expect_stored("m" + std::to_string(i));
  for (int i = 1; i <= 40; ++i) bob.expect_message(alice_name, std::to_string(i));
}

TEST_P(ResendTest, IsKnownWhateverProtocolItComesBy) {
  TestClient& json = client(0, lab::Protocol::json);
  json.login(alice_name, "phone");
  json.send_as("once", bob_name, "hello");
  json.expect_stored("once");
  TestClient& bin = client(1, lab::Protocol::bin);
  bin.login(alice_name, "phone");
  bin.send_as("once", bob_name, "hello");
  bin.expect_stored("once");
  bin.send_as("next", bob_name, "next");
  TestClient& bob = logged_in(bob_name);
  bob.expect_message(alice_name, "hello");
  bob.expect_message(alice_name, "next");
}

// As many as a client may have unanswered, without the limit of rates.
class LongResendTest : public ProtocolTest {
 protected:
  LongResendTest() : ProtocolTest(lab_cluster) {}
};
IN_BOTH_PROTOCOLS(LongResendTest);

TEST_P(LongResendTest, IsKnownAmongTheLast256) {
  const std::string alice_name = new_user("alice"), bob_name = new_user("bob");
  TestClient& alice = logged_in(alice_name);
  TestClient& bob = logged_in(bob_name, 1);
  constexpr int kUnanswered = wire::kClientUnansweredMax;
  for (int i = 0; i < kUnanswered; ++i) alice.send(bob_name, std::to_string(i));
  for (int i = 0; i < kUnanswered; ++i) bob.expect_message(alice_name, std::to_string(i));
  alice.cut();
  TestClient& again = logged_in(alice_name, 1);
  for (int i = 0; i < kUnanswered; ++i) again.send(bob_name, std::to_string(i));
  for (int i = 0; i < kUnanswered; ++i) again.expect_stored("m" + std::to_string(i + 1));
  again.send_as("next", bob_name, "next");
  bob.expect_message(alice_name, "next");
}

}  // namespace
}  // namespace trunkline::tests
