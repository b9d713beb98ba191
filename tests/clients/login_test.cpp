// auth, response, challenge, welcome, and every error before the login.
#include <algorithm>
#include <map>

#include "tests/clients/protocol_test.h"

namespace trunkline::tests {
namespace {

using wire::Code;

class LoginTest : public ProtocolTest {
 protected:
  // An auth said by hand.
  TestClient& stranger_says(std::string_view mechanism, wire::BytesView data,
                            std::string_view device = "phone") {
    TestClient& stranger = client();
    stranger.open();
    stranger.say_frame(lab::encoded_frame(
        wire::Auth{.mechanism = mechanism, .data = data, .device = device, .mailbox = {}}));
    return stranger;
  }
  static wire::Bytes plain(const std::string& user, const std::string& password) {
    return '\0' + user + '\0' + password;
  }
};
IN_BOTH_PROTOCOLS(LoginTest);

TEST_P(LoginTest, WelcomeHasAllItsMembers) {
  const std::string user = new_user("alice");
  for (unsigned edge = 0; edge < cluster().urls().size(); ++edge) {
    TestClient& alice = client(edge);
    const Welcomed welcome = alice.login(user, "phone");
    EXPECT_EQ(welcome.user, user);
    EXPECT_EQ(welcome.device, "phone");
    EXPECT_FALSE(welcome.edge.empty());
    EXPECT_EQ(welcome.rank, cluster().rank_of_edge(edge));
    EXPECT_EQ(welcome.cursor, 0U);
    EXPECT_FALSE(welcome.mailbox.empty());
    EXPECT_TRUE(alice.welcome_data().starts_with("v="));  // the server's signature (RFC 5802)
  }
}

TEST_P(LoginTest, ScramAndPlainOpenTheSameAccount) {
  const std::string user = new_user("alice");
  const Welcomed scram = client().login(user, "phone", {.mechanism = lab::Mechanism::scram});
  const Welcomed plain = client().login(user, "phone", {.mechanism = lab::Mechanism::plain});
  EXPECT_EQ(scram.mailbox, plain.mailbox);
}

TEST_P(LoginTest, NamesAreNormalisedAtLoginOnly) {
  const std::string user = new_user("alice");
  const std::string wide = user.substr(0, 4) + "\xef\xbd\x85" + user.substr(5);  // a wide e
  for (const lab::Mechanism mechanism : {lab::Mechanism::scram, lab::Mechanism::plain}) {
    TestClient& alice = client();
    EXPECT_EQ(alice.login(wide, "phone", {.password = user, .mechanism = mechanism}).user, user);
    alice.expect_refused(alice.send(wide, "compared byte by byte"), Code::no_such_user);
  }
}

TEST_P(LoginTest, AWrongPasswordAndAnUnknownUserAreToldTheSame) {
  const std::string user = new_user("alice");
  for (const lab::Mechanism mechanism : {lab::Mechanism::scram, lab::Mechanism::plain}) {
    const ErrorTold wrong =
        client().login_error(user, "phone", {.password = "guess", .mechanism = mechanism});
    TestClient& stranger = client();
    const ErrorTold unknown =
        stranger.login_error("nobody-" + user, "phone", {.mechanism = mechanism});
    EXPECT_EQ(wrong.code, Code::not_authorized);
    EXPECT_EQ(unknown.code, Code::not_authorized);
    EXPECT_EQ(wrong.text, unknown.text);
    EXPECT_EQ(stranger.closed()->code, 1008);
  }
}

TEST_P(LoginTest, AnUnknownUserHasOneSaltForEver) {
  const auto challenge = [&](const std::string& user) {
    TestClient& stranger = stranger_says("SCRAM-SHA-256", "n,,n=" + user + ",r=abcdefgh");
    const std::string words = stranger.expect_challenge();
    return words.substr(words.find(",s="));  // salt and count; the nonce is new each time
  };
  const std::string known = new_user("alice");
  EXPECT_EQ(challenge("nobody-" + known), challenge("nobody-" + known));
  EXPECT_NE(challenge("nobody-" + known), challenge("nobody2-" + known));
  const auto count = [](const std::string& words) { return words.substr(words.find(",i=")); };
  EXPECT_EQ(count(challenge(known)), count(challenge("nobody-" + known)));
}

TEST_P(LoginTest, AnUnknownMechanismIsBadMechanism) {
  stranger_says("GSSAPI", "x").expect_error(Code::bad_mechanism);
}

TEST_P(LoginTest, PlusNeedsTls) {
  stranger_says("SCRAM-SHA-256-PLUS", "p=tls-exporter,,n=alice,r=abc")
      .expect_error(Code::bad_mechanism);
}

TEST_P(LoginTest, DataThatIsNoFirstMessageIsBadEncoding) {
  stranger_says("SCRAM-SHA-256", "hello").expect_error(Code::bad_encoding);
}

TEST_P(LoginTest, NothingButALoginIsSaidBeforeIt) {
  TestClient& stranger = client();
  stranger.open();
  stranger.ping("p");
  stranger.expect_error(Code::not_logged_in);
}

TEST_P(LoginTest, AResponseWithoutAChallengeIsABadRequest) {
  TestClient& stranger = client();
  stranger.open();
  stranger.say_frame(lab::encoded_frame(wire::Response{"c=biws"}));
  stranger.expect_error(Code::bad_request);
}

TEST_P(LoginTest, ASecondLoginOnOneSocketIsABadRequest) {
  TestClient& alice = logged_in(new_user("alice"));
  alice.say_frame(lab::encoded_frame(
      wire::Auth{.mechanism = "PLAIN", .data = plain("a", "b"), .device = "phone", .mailbox = {}}));
  alice.expect_error(Code::bad_request);
}

TEST_P(LoginTest, ADeviceHasAName) {
  const std::string user = new_user("alice");
  stranger_says("PLAIN", plain(user, user), "").expect_error(Code::bad_request);
  stranger_says("PLAIN", plain(user, user), std::string(65, 'd')).expect_error(Code::bad_request);
  stranger_says("PLAIN", plain(user, user), "a\nb").expect_error(Code::bad_request);
  client().login(user, std::string(64, 'd'));
}

TEST_P(LoginTest, WhoSaysNothingIsSentAway) {
  TestClient& stranger = client();
  stranger.open();
  ASSERT_TRUE(
      room().wait_until([&] { return stranger.closed().has_value(); }, std::chrono::seconds(30)));
  stranger.expect_error(Code::auth_timeout);
}

TEST_P(LoginTest, FiveFailuresThrottleThatAccountOnly) {
  const std::string user = new_user("alice"), other = new_user("bob");
  for (int failure = 0; failure < 5; ++failure) {
    EXPECT_EQ(client().login_error(user, "phone", {.password = "guess"}).code,
              Code::not_authorized);
  }
  TestClient& alice = client();
  EXPECT_EQ(alice.login_error(user, "phone").code, Code::throttled);
  EXPECT_EQ(alice.closed()->code, 1008);
  client().login(other, "phone");
}

// All guesses are under way before the first one is judged.
TEST_P(LoginTest, GuessesMadeAtOnceAreThrottledToo) {
  constexpr unsigned kGuesses = 20;
  const std::string user = new_user("alice");
  std::vector<TestClient*> strangers;
  for (unsigned guess = 0; guess < kGuesses; ++guess) {
    strangers.push_back(&client());
    strangers.back()->open();
  }
  const wire::Bytes words = plain(user, "guess");
  for (TestClient* stranger : strangers) {
    stranger->say_frame(lab::encoded_frame(
        wire::Auth{.mechanism = "PLAIN", .data = words, .device = "phone", .mailbox = {}}));
  }
  std::map<Code, unsigned> told;
  for (TestClient* stranger : strangers) ++told[stranger->next_error().code];
  EXPECT_EQ(told[Code::not_authorized], 5U);
  EXPECT_EQ(told[Code::throttled], kGuesses - 5);
}

// The right password, challenged before the failures and answered after them.
TEST_P(LoginTest, AGuessThatIsRightIsNotToldSoWhenThereWereTooMany) {
  const std::string user = new_user("alice");
  lab::SaslLogin login(lab::Mechanism::scram, user, user);
  TestClient& patient = stranger_says("SCRAM-SHA-256", *login.step({}));
  const auto proof = login.step(patient.expect_challenge());
  ASSERT_TRUE(proof.has_value());
  for (int failure = 0; failure < 5; ++failure) {
    client().login_error(user, "phone", {.password = "guess"});
  }
  patient.say_frame(lab::encoded_frame(wire::Response{*proof}));
  patient.expect_error(Code::throttled);
}

TEST_P(LoginTest, ByeBeforeTheLoginClosesToo) {
  TestClient& stranger = client();
  stranger.open();
  stranger.bye();
  EXPECT_EQ(stranger.expect_closed().code, 1000);
}

class TlsLoginTest : public ProtocolTest {
 protected:
  TlsLoginTest() : ProtocolTest(tls_cluster) {}
};
IN_BOTH_PROTOCOLS(TlsLoginTest);

TEST_P(TlsLoginTest, EveryMechanismOpensTheDoor) {
  const std::string user = new_user("alice");
  for (const lab::Mechanism mechanism :
       {lab::Mechanism::scram, lab::Mechanism::scram_plus, lab::Mechanism::plain}) {
    TestClient& alice = client();
    EXPECT_EQ(alice.login(user, "phone", {.mechanism = mechanism}).user, user);
    alice.send_and_see(user, "over TLS");
  }
}

TEST_P(TlsLoginTest, AnotherConnectionsBindingIsRefused) {
  const std::string user = new_user("alice");
  TestClient& alice = client();
  alice.open();
  lab::SaslLogin login(lab::Mechanism::scram_plus, user, user, std::string(32, 'x'));
  alice.say_frame(lab::encoded_frame(wire::Auth{.mechanism = "SCRAM-SHA-256-PLUS",
                                                .data = *login.step({}),
                                                .device = "phone",
                                                .mailbox = {}}));
  const auto answer = login.step(alice.expect_challenge());
  ASSERT_TRUE(answer.has_value());
  alice.say_frame(lab::encoded_frame(wire::Response{*answer}));
  alice.expect_error(Code::not_authorized);
}

}  // namespace
}  // namespace trunkline::tests
