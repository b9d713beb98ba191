// What is JSON, what is an operation, and the members that servers give.
#include <boost/json.hpp>

#include "tests/clients/protocol_test.h"

namespace trunkline::tests {
namespace {

namespace json = boost::json;
using wire::Code;

class JsonTest : public ProtocolTest {
 protected:
  void SetUp() override { alice_name = new_user("alice"); }
  // A logged-in client that says `text` is told `code`, and closed.
  void expect_refusal(std::string_view text, Code code) {
    SCOPED_TRACE(text.substr(0, 100));
    TestClient& alice = logged_in(alice_name);
    alice.say_text(text);
    EXPECT_NO_THROW(alice.expect_error(code));
  }
  // The newest text with this op.
  static json::object last(const TestClient& client, std::string_view op) {
    for (auto text = client.texts().rbegin(); text != client.texts().rend(); ++text) {
      json::object object = json::parse(*text).as_object();
      if (object.at("op").as_string() == json::string_view(op.data(), op.size())) return object;
    }
    throw Surprise("no " + std::string(op));
  }
  std::string alice_name;
};
IN_JSON(JsonTest);

TEST_P(JsonTest, WhatIsNoJsonIsToldSo) {
  for (const std::string& text : std::initializer_list<std::string>{
           "", "hello", "{", R"({"op":"ping","id":"p"}})", R"({"op":"ping","id":"p"} {})",
           R"({'op':'ping'})", R"({"op":"ping","id":"p",})", R"({"op":"ping",/* */"id":"p"})",
           R"({"op":"ping","id":NaN})", R"({"op":"ping","id":01})",
           "\xef\xbb\xbf{\"op\":\"bye\"}"}) {
    expect_refusal(text, Code::not_json);
  }
}

TEST_P(JsonTest, WhatIsNoUtf8IsNoJson) {
  for (const std::string& body :
       std::initializer_list<std::string>{"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                                          "\xe2\x82", R"(\ud800)", R"(\udc00)", R"(\ud800x)"}) {
    expect_refusal(
        R"({"op":"send","id":"m","to":")" + alice_name + R"(","body":")" + body + R"("})",
        Code::not_json);
  }
}

TEST_P(JsonTest, NestingEndsAt32) {
  const auto nested = [](int arrays) {
    return R"({"op":"ping","id":"p","more":)" + std::string(static_cast<std::size_t>(arrays), '[') +
           std::string(static_cast<std::size_t>(arrays), ']') + "}";
  };
  TestClient& alice = logged_in(alice_name);
  alice.say_text(nested(31));  // the object is one level itself
  alice.expect_pong("p");
  expect_refusal(nested(32), Code::not_json);
}

TEST_P(JsonTest, ElementsEndAt1024) {
  const auto with_elements = [](int count) {  // op, id, more and the elements of more
    std::string text = R"({"op":"ping","id":"p","more":[0)";
    for (int i = 4; i < count; ++i) text += ",0";
    return text + "]}";
  };
  TestClient& alice = logged_in(alice_name);
  alice.say_text(with_elements(1024));
  alice.expect_pong("p");
  expect_refusal(with_elements(1025), Code::not_json);
}

TEST_P(JsonTest, WhatIsNoOperationIsABadRequest) {
  const std::string cases[] = {
      // unknown op, no op, no object
      R"({"op":"sing"})", R"({"id":"p"})", R"({"op":7})", R"([])", R"("ping")", "7", "null",
      // missing members
      R"({"op":"ping"})", R"({"op":"send","id":"m","to":"bob"})",
      R"({"op":"send","id":"m","body":"b"})", R"({"op":"send","to":"bob","body":"b"})",
      R"({"op":"received"})",
      // wrong types
      R"({"op":"ping","id":7})", R"({"op":"ping","id":null})",
      R"({"op":"send","id":"m","to":"bob","body":7})",
      R"({"op":"send","id":"m","to":["bob"],"body":"b"})",
      R"({"op":"send","id":"m","to":"bob","body":"b","class":"fast"})",
      R"({"op":"send","id":"m","to":"bob","body":"b","class":true})",
      R"({"op":"send","id":"m","to":"bob","bytes":"not base64"})",
      R"({"op":"send","id":"m","to":"bob","bytes":"YQ==","body":"b"})",
      R"({"op":"received","mseq":"1"})", R"({"op":"history","with":7})",
      R"({"op":"history","limit":"many"})",
      // duplicate keys, also deeper
      R"({"op":"ping","id":"p","id":"p"})", R"({"op":"ping","op":"ping","id":"p"})",
      R"({"op":"ping","id":"p","more":{"a":1,"a":2}})",
      // numbers out of range
      R"({"op":"received","mseq":-1})", R"({"op":"received","mseq":1.5})",
      R"({"op":"received","mseq":1e3})", R"({"op":"received","mseq":9007199254740992})",
      R"({"op":"history","before":-1})", R"({"op":"history","limit":-1})",
      // empty or too long names, control characters
      R"({"op":"ping","id":""})", R"({"op":"ping","id":")" + std::string(65, 'p') + R"("})",
      R"({"op":"ping","id":"a\u0007"})", R"({"op":"send","id":"m","to":"","body":"b"})",
      R"({"op":"send","id":"m","to":")" + std::string(65, 'b') + R"(","body":"b"})",
      R"({"op":"history","ref":""})"};
  for (const std::string& text : cases) expect_refusal(text, Code::bad_request);
}

TEST_P(JsonTest, DataThatIsNotBase64IsBadEncoding) {
  TestClient& stranger = client();
  stranger.open();
  stranger.say_text(R"({"op":"auth","mechanism":"PLAIN","data":"a b","device":"phone"})");
  stranger.expect_error(Code::bad_encoding);
}

TEST_P(JsonTest, UnknownMembersAreIgnored) {
  TestClient& alice = logged_in(alice_name);
  alice.say_text(R"({"op":"ping","colour":{"blue":[1,2.5,null,true]},"id":"p"})");
  alice.expect_pong("p");
}

TEST_P(JsonTest, MembersMayComeInAnyOrderAndKeysBeEscaped) {
  TestClient& alice = logged_in(alice_name);
  alice.say_text(" {\n\t\"id\" : \"p\" , \"\\u006fp\" : \"pi\\u006eg\" } ");
  alice.expect_pong("p");
}

TEST_P(JsonTest, TheLargestNumberIsTaken) {
  TestClient& alice = logged_in(alice_name);
  alice.say_text(R"({"op":"received","mseq":9007199254740991})");
  alice.expect_nothing_more();
}

TEST_P(JsonTest, AMessageWithoutClassIsStored) {
  TestClient& alice = logged_in(alice_name);
  alice.say_text(R"({"op":"send","id":"m","to":")" + alice_name + R"(","body":"b"})");
  alice.expect_stored("m");
  EXPECT_EQ(alice.next_message().message_class, wire::MessageClass::stored);
}

TEST_P(JsonTest, NamesAreCountedInBytesOfUtf8) {
  TestClient& alice = logged_in(alice_name);
  std::string id;
  for (int i = 0; i < 32; ++i) id += "\xc3\xa9";  // 64 bytes
  alice.ping(id);
  alice.expect_pong(id);
  alice.ping(id + "\xc3\xa9");
  alice.expect_error(Code::bad_request);
}

TEST_P(JsonTest, WelcomeHasItsMembers) {
  TestClient& alice = logged_in(alice_name);
  const json::object welcome = last(alice, "welcome");
  for (const char* member : {"user", "device", "edge", "mailbox", "storage", "data"}) {
    EXPECT_TRUE(welcome.contains(member) && welcome.at(member).is_string()) << member;
  }
  EXPECT_TRUE(welcome.at("rank").is_int64() && welcome.at("cursor").is_int64());
  const std::string storage(welcome.at("storage").as_string());
  EXPECT_TRUE(storage == "disk" || storage == "tmpfs");
}

TEST_P(JsonTest, AMessageHasItsMembers) {
  TestClient& alice = logged_in(alice_name);
  alice.send_and_see(alice_name, "hello");
  const json::object message = last(alice, "message");
  EXPECT_EQ(message.at("class"), "stored");
  EXPECT_EQ(message.at("mseq"), 1);
  EXPECT_EQ(message.at("body"), "hello");
  EXPECT_EQ(std::string(message.at("time").as_string()).size(),
            std::string("2026-01-31T23:59:59.999Z").size());
  alice.send_direct(alice_name, "typing");
  alice.next_message();
  const json::object direct = last(alice, "message");
  EXPECT_EQ(direct.at("class"), "direct");
  EXPECT_FALSE(direct.contains("mseq"));
}

TEST_P(JsonTest, ARefusalHasItsMembers) {
  TestClient& alice = logged_in(alice_name);
  alice.send("nobody-" + alice_name, "hello");
  alice.next_refused();
  const json::object refused = last(alice, "refused");
  EXPECT_EQ(refused.at("code"), "no_such_user");
  EXPECT_EQ(refused.at("retry"), false);
  EXPECT_TRUE(refused.at("text").is_string());
  EXPECT_FALSE(refused.contains("ref"));
}

TEST_P(JsonTest, AHistoryWithoutRefIsAnsweredWithoutRef) {
  TestClient& alice = logged_in(alice_name);
  alice.say_text(R"({"op":"history"})");
  alice.next_page();
  EXPECT_FALSE(last(alice, "history").contains("ref"));
}

// ---- the same for frames

class FrameTest : public ProtocolTest {
 protected:
  void expect_bad_request(wire::BytesView bytes, std::string_view what) {
    SCOPED_TRACE(what);
    TestClient& alice = logged_in(new_user("alice"));
    alice.say_raw(lab::Opcode::binary, bytes);
    EXPECT_NO_THROW(alice.expect_error(Code::bad_request));
  }
};
IN_BIN(FrameTest);

TEST_P(FrameTest, WhatDoesNotDecodeIsABadRequest) {
  const wire::Bytes ping = lab::encoded_frame(wire::Ping{"p"});
  expect_bad_request("", "nothing");
  expect_bad_request("hello", "no frame");
  expect_bad_request(wire::BytesView(ping).substr(0, ping.size() - 1), "cut short");
  expect_bad_request(ping + "x", "more behind it");
  wire::Bytes changed = ping;
  changed[33] = static_cast<char>(changed[33] ^ 1);
  expect_bad_request(changed, "a changed byte");
}

TEST_P(FrameTest, KindsOfTheClusterAreABadRequest) {
  expect_bad_request(lab::encoded_frame(wire::Deliver{}), "deliver");
  expect_bad_request(lab::encoded_frame(wire::Beat{}), "beat");
  expect_bad_request(lab::encoded_frame(wire::Stored{1, 0}), "stored");
  expect_bad_request(lab::encoded_frame(wire::Welcome{}), "welcome");
  const wire::Attach attach{"bob", "phone", 0, wire::kNoMseq, {}, 1};
  expect_bad_request(lab::encoded_frame(attach), "attach");
}

TEST_P(FrameTest, TheSenderIsWhoLoggedIn) {
  const std::string alice_name = new_user("alice"), bob_name = new_user("bob");
  TestClient& alice = logged_in(alice_name);
  wire::MessageView forged{wire::MessageClass::stored, bob_name, "desk", bob_name, "m", "hi", {}};
  alice.say_frame(lab::encoded_frame(wire::Send{99, ~wire::Sepoch{0}, forged}));
  alice.expect_stored("m");
  const Shown shown = logged_in(bob_name, 1).next_message();
  EXPECT_EQ(shown.from, alice_name);
}

TEST_P(FrameTest, ADirectMessagesTimeIsTheClusters) {
  const std::string alice_name = new_user("alice");
  TestClient& alice = logged_in(alice_name);
  wire::MessageView message{wire::MessageClass::direct, "bob", "", alice_name, "m", "hi", {}};
  alice.say_frame(lab::encoded_frame(wire::Direct{1, message}));
  const Shown shown = alice.next_message();
  EXPECT_EQ(shown.from, alice_name);
  EXPECT_GT(shown.time_ms, 1'000'000'000'000);
}

TEST_P(FrameTest, StampsTravelWithTheMessage) {
  const std::string alice_name = new_user("alice"), bob_name = new_user("bob");
  TestClient& bob = logged_in(bob_name, 1);
  TestClient& alice = logged_in(alice_name, 0);
  wire::StampBlock block;
  block.flags = wire::kSampled;
  block.sequence = 42;
  for (const auto message_class : {wire::MessageClass::stored, wire::MessageClass::direct}) {
    bob.last_stamps().reset();
    alice.say_frame(lab::message_frame("m", bob_name, "hi", message_class, wire::encoded(block)));
    bob.next_message();
    ASSERT_TRUE(bob.last_stamps().has_value());
    EXPECT_EQ(bob.last_stamps()->sequence, 42U);
    for (const wire::Stamp stamp :
         {wire::Stamp::edge_in, wire::Stamp::edge_out, wire::Stamp::rank_in, wire::Stamp::rank_out,
          wire::Stamp::edge_back, wire::Stamp::edge_write}) {
      EXPECT_TRUE(bob.last_stamps()->has(stamp)) << static_cast<int>(stamp);
    }
  }
}

}  // namespace
}  // namespace trunkline::tests
