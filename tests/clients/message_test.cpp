// send, stored, refused, message: rules 2, 4 and 5.
#include <ctime>

#include "tests/clients/protocol_test.h"

namespace trunkline::tests {
namespace {

using wire::Code;

class MessageTest : public ProtocolTest {
 protected:
  void SetUp() override {
    alice_name = new_user("alice");
    bob_name = new_user("bob");
  }
  std::string alice_name, bob_name;
};
IN_BOTH_PROTOCOLS(MessageTest);

TEST_P(MessageTest, IsStoredAndShown) {
  TestClient& alice = logged_in(alice_name, 0);
  TestClient& bob = logged_in(bob_name, 1);
  const std::int64_t before_ms = std::int64_t{std::time(nullptr)} * 1000;
  alice.send_as("the-id", bob_name, "hello");
  const Answered answered = alice.next_stored();
  EXPECT_EQ(answered.id, "the-id");
  EXPECT_EQ(answered.to, bob_name);
  const Shown shown = bob.next_message();
  EXPECT_EQ(shown.message_class, wire::MessageClass::stored);
  EXPECT_EQ(shown.from, alice_name);
  EXPECT_EQ(shown.to, bob_name);
  EXPECT_EQ(shown.id, "the-id");
  EXPECT_EQ(shown.body, "hello");
  EXPECT_EQ(shown.mseq, 1U);
  EXPECT_GE(shown.time_ms, before_ms);
  EXPECT_LE(shown.time_ms, before_ms + 60'000);
}

TEST_P(MessageTest, GoesBetweenEveryPairOfEdgesAndHomes) {
  for (unsigned from = 0; from < 2; ++from) {
    for (unsigned to = 0; to < 2; ++to) {
      for (wire::RankId home = 0; home < 2; ++home) {
        const std::string sender = new_user("alice");
        const std::string receiver = cluster().new_user_at_home("bob", home);
        TestClient& alice = logged_in(sender, from);
        TestClient& bob = logged_in(receiver, to);
        const std::string id = alice.send(receiver, "hello");
        alice.expect_stored(id);
        bob.expect_message(sender, "hello");
      }
    }
  }
}

TEST_P(MessageTest, WaitsForWhoIsNotThere) {
  TestClient& alice = logged_in(alice_name);
  for (int i = 1; i <= 5; ++i) alice.send(bob_name, std::to_string(i));
  for (int i = 1; i <= 5; ++i) alice.expect_stored("m" + std::to_string(i));
  TestClient& bob = logged_in(bob_name, 1);
  for (wire::Mseq i = 1; i <= 5; ++i) {
    EXPECT_EQ(bob.expect_message(alice_name, std::to_string(i)).mseq, i);
  }
}

TEST_P(MessageTest, IsShownInTheOrderSent) {
  TestClient& alice = logged_in(alice_name);
  TestClient& bob = logged_in(bob_name, 1);
  for (int i = 0; i < 60; ++i) alice.send(bob_name, std::to_string(i));
  for (int i = 0; i < 60; ++i) {
    EXPECT_EQ(bob.expect_message(alice_name, std::to_string(i)).mseq,
              static_cast<wire::Mseq>(i + 1));
    alice.expect_stored("m" + std::to_string(i + 1));
  }
}

TEST_P(MessageTest, EntersTheSendersOwnMailbox) {
  TestClient& phone = logged_in(alice_name, 0, "phone");
  TestClient& desk = logged_in(alice_name, 1, "desk");
  const std::string id = phone.send(bob_name, "hello");
  phone.expect_stored(id);
  for (TestClient* device : {&phone, &desk}) {
    const Shown own = device->next_message();
    EXPECT_EQ(own.from, alice_name);
    EXPECT_EQ(own.to, bob_name);
    EXPECT_EQ(own.id, id);
    EXPECT_EQ(own.body, "hello");
    EXPECT_EQ(own.mseq, 1U);
  }
}

TEST_P(MessageTest, AMailboxIsOneStreamWithoutHoles) {
  TestClient& alice = logged_in(alice_name, 0);
  TestClient& bob = logged_in(bob_name, 1);
  for (int i = 0; i < 10; ++i) {
    alice.send(bob_name, "to bob");
    bob.send(alice_name, "to alice");
  }
  for (TestClient* client : {&alice, &bob}) {
    for (wire::Mseq i = 1; i <= 20; ++i) EXPECT_EQ(client->next_message().mseq, i);
  }
}

TEST_P(MessageTest, ToOneselfIsStoredAndShownOnce) {
  TestClient& alice = logged_in(alice_name);
  const std::string id = alice.send(alice_name, "note");
  alice.expect_stored(id);
  EXPECT_EQ(alice.expect_message(alice_name, "note").mseq, 1U);
  alice.send(alice_name, "another");
  EXPECT_EQ(alice.expect_message(alice_name, "another").mseq, 2U);
}

TEST_P(MessageTest, MayBeEmpty) {
  TestClient& alice = logged_in(alice_name);
  alice.send(alice_name, "");
  EXPECT_EQ(alice.next_message().body, "");
}

TEST_P(MessageTest, KeepsEveryCharacter) {
  const std::string body =
      "tab\t, quote \", back\\slash, \xc3\xa9\xe2\x82\xac\xf0\x9f\x8e\x89, zero " +
      std::string(1, '\0') + "end";
  TestClient& alice = logged_in(alice_name);
  alice.send(alice_name, body);
  EXPECT_EQ(alice.next_message().body, body);
}

TEST_P(MessageTest, MayHoldAnyBytes) {
  const std::string body = "\xff\xfe\x80 not text";
  TestClient& alice = logged_in(alice_name);
  TestClient& other = client(1, lab::Protocol::json);
  other.login(alice_name, "other");
  alice.send(alice_name, body);  // `.json` sends it as `bytes`
  EXPECT_EQ(alice.next_message().body, body);
  EXPECT_EQ(other.next_message().body, body);
}

TEST_P(MessageTest, ToNobodyIsRefused) {
  TestClient& alice = logged_in(alice_name);
  const std::string id = alice.send("nobody-" + alice_name, "hello");
  const RefusedWith refused = alice.next_refused();
  EXPECT_EQ(refused.id, id);
  EXPECT_EQ(refused.to, "nobody-" + alice_name);
  EXPECT_EQ(refused.code, Code::no_such_user);
  EXPECT_FALSE(wire::may_retry(refused.code));
  EXPECT_FALSE(refused.text.empty());
  alice.expect_nothing_more();
}

TEST_P(MessageTest, OfNearly64KiBIsTaken) {
  TestClient& alice = logged_in(alice_name);
  const std::string body(64 * 1024 - 512, 'x');
  alice.send_and_see(alice_name, body);
}

TEST_P(MessageTest, Above64KiBIsRefusedAndTheSessionStays) {
  TestClient& alice = logged_in(alice_name);
  for (const std::size_t size : {64U * 1024, 200U * 1024}) {
    const std::string id = alice.send(bob_name, std::string(size, 'x'));
    alice.expect_refused(id, Code::too_large);
  }
  alice.send_and_see(bob_name, "still here");
}

TEST_P(MessageTest, IsTooLargeByTheLargerOfItsForms) {
  TestClient& alice = logged_in(alice_name);
  // 40 KiB as a frame; a control character is six bytes of JSON.
  const std::string id = alice.send(bob_name, std::string(40 * 1024, '\x01'));
  alice.expect_refused(id, Code::too_large);
}

TEST_P(MessageTest, NamesAreFrom1To64Bytes) {
  TestClient& alice = logged_in(alice_name);
  alice.send_as(std::string(64, 'i'), alice_name, "longest id");
  alice.expect_stored(std::string(64, 'i'));
  alice.send_as(std::string(65, 'i'), alice_name, "longer");
  alice.expect_error(Code::bad_request);
}

TEST_P(MessageTest, AnEmptyIdIsABadRequest) {
  TestClient& alice = logged_in(alice_name);
  alice.send_as("", alice_name, "no id");
  alice.expect_error(Code::bad_request);
}

TEST_P(MessageTest, APingIsAnswered) {
  TestClient& alice = logged_in(alice_name);
  alice.ping("one");
  alice.ping("two");
  alice.expect_pong("one");
  alice.expect_pong("two");
}

TEST_P(MessageTest, ByeWaitsForTheAnswersOwed) {
  TestClient& alice = logged_in(alice_name);
  for (int i = 1; i <= 20; ++i) alice.send(bob_name, std::to_string(i));
  alice.bye();
  EXPECT_EQ(alice.expect_closed().code, 1000);
  EXPECT_EQ(alice.stored().size(), 20U);
}

}  // namespace
}  // namespace trunkline::tests
