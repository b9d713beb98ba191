// Every row of client-protocol's table "client to server", and everything that is none.
#include <gtest/gtest.h>

#include "edge/json_codec.h"
#include "wire/limits.h"

namespace trunkline::edge {
namespace {

using wire::Bytes;
using wire::Code;

class JsonReading : public testing::Test {
 protected:
  template <class Payload>
  Payload read(std::string_view text) {
    const auto refusal = reader_.read(text, frame_);
    EXPECT_FALSE(refusal) << text << ": " << (refusal ? refusal->text : "");
    const auto view = wire::decode(frame_);
    EXPECT_TRUE(view) << text;
    const auto payload = wire::payload_of<Payload>(*view);
    EXPECT_TRUE(payload) << text;
    return payload ? *payload : Payload{};
  }
  void expect_refused(std::string_view text, Code code) {
    const auto refusal = reader_.read(text, frame_);
    ASSERT_TRUE(refusal) << text;
    EXPECT_EQ(refusal->code, code) << text << ": " << refusal->text;
    EXPECT_FALSE(refusal->text.empty());
  }

 private:
  JsonReader reader_;
  Bytes frame_;
};

TEST_F(JsonReading, AuthHasMechanismDataAndDevice) {
  const auto auth =
      read<wire::Auth>(R"({"op":"auth","mechanism":"PLAIN","data":"AGEAYg==","device":"phone"})");
  EXPECT_EQ(auth.mechanism, "PLAIN");
  EXPECT_EQ(auth.data, std::string_view("\0a\0b", 4));
  EXPECT_EQ(auth.device, "phone");
  EXPECT_EQ(auth.cursor, wire::kNoMseq);
  EXPECT_EQ(auth.mailbox, "");
}

TEST_F(JsonReading, AuthMayTellCursorAndMailbox) {
  const auto auth = read<wire::Auth>(
      R"({"op":"auth","mechanism":"PLAIN","data":"","device":"d","cursor":0,"mailbox":"17"})");
  EXPECT_EQ(auth.cursor, 0U);
  EXPECT_EQ(auth.mailbox, "17");
}

TEST_F(JsonReading, ResponseHasData) {
  EXPECT_EQ(read<wire::Response>(R"({"op":"response","data":"Yz1iaXdz"})").data, "c=biws");
  EXPECT_EQ(read<wire::Response>(R"({"op":"response","data":""})").data, "");
}

TEST_F(JsonReading, SendIsStoredUnlessItSaysDirect) {
  for (const char* text : {R"({"op":"send","id":"1","to":"bob","body":"hi"})",
                           R"({"op":"send","id":"1","to":"bob","body":"hi","class":"stored"})"}) {
    const auto message = read<wire::Send>(text).message;
    EXPECT_EQ(message.message_class, wire::MessageClass::stored);
    EXPECT_EQ(message.id, "1");
    EXPECT_EQ(message.to, "bob");
    EXPECT_EQ(message.body, "hi");
    EXPECT_EQ(message.from, "");
  }
  const auto direct =
      read<wire::Direct>(R"({"op":"send","id":"1","to":"bob","body":"hi","class":"direct"})");
  EXPECT_EQ(direct.message.message_class, wire::MessageClass::direct);
}

TEST_F(JsonReading, ABodyMayBeEmpty) {
  EXPECT_EQ(read<wire::Send>(R"({"op":"send","id":"1","to":"b","body":""})").message.body, "");
  EXPECT_EQ(read<wire::Send>(R"({"op":"send","id":"1","to":"b","bytes":""})").message.body, "");
}

TEST_F(JsonReading, EscapesAreUndone) {
  const auto message =
      read<wire::Send>(
          R"({"op":"send","id":"\u0061\"","to":"b\u00f6b","body":"\n\\\/\u0000\ud83d\ude00é"})")
          .message;
  EXPECT_EQ(message.id, "a\"");
  EXPECT_EQ(message.to,
            "b\xc3\xb6"
            "b");
  EXPECT_EQ(message.body, std::string("\n\\/\0\xf0\x9f\x98\x80\xc3\xa9", 10));
}

TEST_F(JsonReading, LongEscapedBodiesComeWhole) {
  std::string body, escaped;
  for (int i = 0; i < 20'000; ++i) {
    body += "\n";
    escaped += "\\n";
  }
  const std::string text = R"({"op":"send","to":"b\t","id":"\t1","body":")" + escaped + "\"}";
  const std::string bad_to = text;
  expect_refused(bad_to, Code::bad_request);  // a name has no control characters
  const std::string good =
      R"({"op":"send","to":"\u0062","body":")" + escaped + R"(","id":"\u0031"})";
  const auto message = read<wire::Send>(good).message;
  EXPECT_EQ(message.body, body);
  EXPECT_EQ(message.to, "b");
  EXPECT_EQ(message.id, "1");
}

TEST_F(JsonReading, BytesAreBase64) {
  EXPECT_EQ(read<wire::Send>(R"({"op":"send","id":"1","to":"b","bytes":"/wA="})").message.body,
            std::string_view("\xff\0", 2));
}

TEST_F(JsonReading, ReceivedHasANumber) {
  EXPECT_EQ(read<wire::ClientReceived>(R"({"op":"received","mseq":9007199254740991})").mseq,
            wire::kNumberMax);
}

TEST_F(JsonReading, HistoryHasDefaultsAndClampsItsLimit) {
  const auto plain = read<wire::ClientHistory>(R"({"op":"history"})");
  EXPECT_EQ(plain.with, "");
  EXPECT_EQ(plain.before, wire::kNoMseq);
  EXPECT_EQ(plain.limit, 50U);
  EXPECT_EQ(plain.ref, "");
  const auto full = read<wire::ClientHistory>(
      R"({"op":"history","with":"bob","before":7,"limit":9007199254740991,"ref":"r"})");
  EXPECT_EQ(full.with, "bob");
  EXPECT_EQ(full.before, 7U);
  EXPECT_EQ(full.limit, 200U);
  EXPECT_EQ(full.ref, "r");
  EXPECT_EQ(read<wire::ClientHistory>(R"({"op":"history","limit":0})").limit, 1U);
}

TEST_F(JsonReading, PingAndBye) {
  EXPECT_EQ(read<wire::Ping>(R"({"op":"ping","id":"p"})").id, "p");
  read<wire::Bye>(R"({"op":"bye"})");
}

TEST_F(JsonReading, UnknownMembersAreReadOver) {
  read<wire::Bye>(R"( {"x":[1,{"op":"send"},null,true,1e5,-3],"op":"bye","y":"\u00e9"} )");
  EXPECT_EQ(read<wire::Ping>(R"({"op":"ping","class":5,"limit":"x","id":"p"})").id, "p");
}

TEST_F(JsonReading, WhatIsNotJsonIsNotJson) {
  for (const std::string text :
       {"", " ", "{", "{\"op\":\"bye\"", "{'op':'bye'}", "{\"op\":\"bye\"} x",
        "{\"op\":\"bye\"}{\"op\":\"bye\"}", "{\"op\":\"bye\",}", "\xef\xbb\xbf{\"op\":\"bye\"}",
        "{\"op\":\"bye\",\"x\":01}", "{\"op\":\"bye\",\"x\":+1}", "{\"op\":\"bye\",\"x\":NaN}",
        "{\"op\":\"bye\" /* c */}", "{\"op\":\"b\nye\"}", "nul"}) {
    expect_refused(text, Code::not_json);
  }
}

TEST_F(JsonReading, InvalidUtf8IsNotJson) {
  for (const std::string body :
       {"\x80", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff", "\xe2\x82"}) {
    expect_refused(R"({"op":"send","id":"1","to":"b","body":")" + body + "\"}", Code::not_json);
    expect_refused(R"({"op":"bye","x)" + body + R"(":1})", Code::not_json);
  }
}

TEST_F(JsonReading, LoneSurrogatesAreNotJson) {
  for (const std::string body :
       {R"(\ud83d)", R"(\ude00)", R"(\ud83dx)", R"(\ud83d\u0061)", R"(\ude00\ud83d)"}) {
    expect_refused(R"({"op":"send","id":"1","to":"b","body":")" + body + "\"}", Code::not_json);
  }
}

TEST_F(JsonReading, DepthEndsAt32) {
  const auto nested = [](int depth) {  // the outermost object is the first
    return R"({"op":"bye","x":)" + std::string(static_cast<std::size_t>(depth - 1), '[') +
           std::string(static_cast<std::size_t>(depth - 1), ']') + "}";
  };
  read<wire::Bye>(nested(32));
  expect_refused(nested(33), Code::not_json);
}

TEST_F(JsonReading, ElementsEndAt1024) {
  const auto listed = [](int elements) {  // with `op` and the list itself
    std::string text = R"({"op":"bye","x":[0)";
    for (int i = 3; i < elements; ++i) text += ",0";
    return text + "]}";
  };
  read<wire::Bye>(listed(1'024));
  expect_refused(listed(1'025), Code::not_json);
}

TEST_F(JsonReading, ANumberIsWholeAndFitsIn53Bits) {
  for (const char* number :
       {"-1", "-0", "1.0", "1e0", "0.0", "9007199254740992", "9223372036854775808",
        "18446744073709551616", "1e400", "\"1\"", "null", "true", "[1]", "{}"}) {
    expect_refused(std::string(R"({"op":"received","mseq":)") + number + "}", Code::bad_request);
    expect_refused(std::string(R"({"op":"history","before":)") + number + "}", Code::bad_request);
    expect_refused(std::string(R"({"op":"history","limit":)") + number + "}", Code::bad_request);
    expect_refused(
        std::string(R"({"op":"auth","mechanism":"PLAIN","data":"","device":"d","cursor":)") +
            number + "}",
        Code::bad_request);
  }
}

TEST_F(JsonReading, AKeyStandsOnceInAnObject) {
  for (const char* text :
       {R"({"op":"bye","op":"bye"})", R"({"op":"ping","id":"a","id":"a"})",
        R"({"op":"ping","id":"a","\u0069d":"b"})", R"({"op":"bye","x":1,"y":2,"x":3})",
        R"({"op":"bye","x":{"a":1,"a":2}})", R"({"op":"bye","x":[{"a":{"b":1,"b":1}}]})"}) {
    expect_refused(text, Code::bad_request);
  }
  read<wire::Bye>(R"({"op":"bye","x":{"op":1},"y":{"op":1,"x":2}})");  // other objects
}

TEST_F(JsonReading, WhatIsNoOperationIsABadRequest) {
  for (const char* text :
       {"[]",
        "null",
        "1",
        "\"bye\"",
        "{}",
        R"({"op":1})",
        R"({"op":"BYE"})",
        R"({"op":"welcome"})",
        R"({"op":"send","to":"b","body":""})",
        R"({"op":"send","id":"1","body":""})",
        R"({"op":"send","id":"1","to":"b"})",
        R"({"op":"send","id":1,"to":"b","body":""})",
        R"({"op":"send","id":"1","to":"b","body":null})",
        R"({"op":"send","id":"1","to":"b","body":"","bytes":""})",
        R"({"op":"send","id":"1","to":"b","bytes":"?"})",
        R"({"op":"send","id":"1","to":"b","body":"","class":"urgent"})",
        R"({"op":"send","id":"1","to":"b","body":"","class":1})",
        R"({"op":"received"})",
        R"({"op":"ping"})",
        R"({"op":"ping","id":""})",
        R"({"op":"history","with":""})",
        R"({"op":"history","with":null})",
        R"({"op":"history","ref":5})",
        R"({"op":"response"})",
        R"({"op":"auth","data":"","device":"d"})",
        R"({"op":"auth","mechanism":"PLAIN","data":""})",
        R"({"op":"auth","mechanism":"PLAIN","device":"d"})",
        R"({"op":"auth","mechanism":"PLAIN","data":"","device":""})",
        R"({"op":"auth","mechanism":"PLAIN","data":"","device":"d","mailbox":7})"}) {
    expect_refused(text, Code::bad_request);
  }
}

TEST_F(JsonReading, NamesAreOneTo64BytesWithoutControlCharacters) {
  const std::string longest(64, 'n');
  EXPECT_EQ(read<wire::Ping>(R"({"op":"ping","id":")" + longest + "\"}").id, longest);
  for (const std::string& name : {longest + "n", std::string("a\\u0000"), std::string("a\\n"),
                                  std::string("\\u007f"), std::string("\\u0085")}) {
    expect_refused(R"({"op":"ping","id":")" + name + "\"}", Code::bad_request);
    expect_refused(R"({"op":"send","id":")" + name + R"(","to":"b","body":""})", Code::bad_request);
    expect_refused(R"({"op":"send","id":"1","body":"","to":")" + name + "\"}", Code::bad_request);
    expect_refused(R"({"op":"history","with":")" + name + "\"}", Code::bad_request);
  }
}

TEST_F(JsonReading, DataOfALoginIsBase64) {
  for (const char* data : {"A", "AA", "AAA", "AAA=A", "AA==AAAA",
                           "AAAA=", "A===", "AAB=", "AB==", "AA A", "AA-_", "AAAA\\n"}) {
    expect_refused(std::string(R"({"op":"response","data":")") + data + "\"}", Code::bad_encoding);
    expect_refused(
        std::string(R"({"op":"auth","mechanism":"PLAIN","device":"d","data":")") + data + "\"}",
        Code::bad_encoding);
  }
}

TEST_F(JsonReading, EveryPrefixIsRefusedAndHarmless) {
  const std::string text =
      R"({"op":"send","id":"\u0061","to":"bob","body":"\ud83d\ude00 é","class":"stored","x":[1]})";
  for (std::size_t size = 0; size < text.size(); ++size) {
    expect_refused(text.substr(0, size), Code::not_json);
  }
  EXPECT_EQ(read<wire::Send>(text).message.id, "a");
}

}  // namespace
}  // namespace trunkline::edge
