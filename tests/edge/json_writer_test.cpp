// Every row of client-protocol's table "server to client".
#include <gtest/gtest.h>

#include <limits>

#include "edge/gateway_json_size.h"
#include "edge/json_codec.h"

namespace trunkline::edge {
namespace {

using wire::Bytes;
using wire::MessageClass;
using wire::MessageView;

constexpr std::int64_t kTime = 1'795'513'800'123;  // 2026-11-24T09:50:00.123Z

template <class Payload>
std::string text_of(const Payload& payload) {
  const Bytes frame = wire::encoded({}, payload);
  Bytes out;
  JsonPage page;
  EXPECT_TRUE(append_json(out, *wire::decode(frame), page));
  EXPECT_TRUE(page.empty());
  return out;
}

MessageView message(MessageClass message_class, std::string_view body) {
  return {message_class, "alice", "phone", "bob", "m1", body, {}};
}

TEST(JsonWriting, Challenge) {
  EXPECT_EQ(text_of(wire::Challenge{"r=1"}), R"({"op":"challenge","data":"cj0x"})");
}

TEST(JsonWriting, Welcome) {
  wire::Welcome welcome;
  welcome.user = "alice";
  welcome.device = "phone";
  welcome.edge = "edge1";
  welcome.mailbox = "17";
  welcome.data = "v=x";
  welcome.rank = 3;
  welcome.cursor = 9;
  welcome.storage = wire::Storage::tmpfs;
  EXPECT_EQ(text_of(welcome),
            R"({"op":"welcome","user":"alice","device":"phone","edge":"edge1","rank":3,"cursor":9,)"
            R"("mailbox":"17","storage":"tmpfs","data":"dj14"})");
  welcome.data = "";
  EXPECT_EQ(text_of(welcome).find("data"), std::string::npos);
}

TEST(JsonWriting, StoredMessage) {
  EXPECT_EQ(text_of(wire::Deliver{7, kTime, message(MessageClass::stored, "hi")}),
            R"({"op":"message","from":"alice","to":"bob","id":"m1","body":"hi","class":"stored",)"
            R"("mseq":7,"time":"2026-11-24T09:50:00.123Z"})");
}

TEST(JsonWriting, DirectMessageHasNoMseq) {
  EXPECT_EQ(text_of(wire::Direct{kTime, message(MessageClass::direct, "")}),
            R"({"op":"message","from":"alice","to":"bob","id":"m1","body":"","class":"direct",)"
            R"("time":"2026-11-24T09:50:00.123Z"})");
}

TEST(JsonWriting, ABodyThatIsNotTextGoesAsBytes) {
  const std::string text = text_of(
      wire::Deliver{1, kTime, message(MessageClass::stored, std::string_view("\xff\0", 2))});
  EXPECT_NE(text.find(R"("bytes":"/wA=")"), std::string::npos);
  EXPECT_EQ(text.find("body"), std::string::npos);
}

TEST(JsonWriting, OnlyWhatMustBeEscapedIs) {
  const std::string body("a\"\\/\b\f\n\r\t\x01\x1f\x7f\0\xc3\xa9", 15);
  const std::string text = text_of(wire::Deliver{1, kTime, message(MessageClass::stored, body)});
  EXPECT_NE(text.find("\"body\":\"a\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\\u0000\xc3\xa9\""),
            std::string::npos)
      << text;
}

TEST(JsonWriting, Stored) {
  EXPECT_EQ(text_of(wire::ClientStored{"m1", "bob"}), R"({"op":"stored","id":"m1","to":"bob"})");
}

TEST(JsonWriting, Refused) {
  EXPECT_EQ(text_of(wire::ClientRefused{"m1", "bob", "", wire::Code::quota, "full of mail"}),
            R"({"op":"refused","id":"m1","to":"bob","code":"quota","retry":true,)"
            R"("text":"full of mail"})");
  EXPECT_EQ(text_of(wire::ClientRefused{"", "", "r", wire::Code::forbidden, ""}),
            R"({"op":"refused","ref":"r","code":"forbidden","retry":false,"text":""})");
}

TEST(JsonWriting, TrimmedPongMoveAndError) {
  EXPECT_EQ(text_of(wire::Trimmed{12}), R"({"op":"trimmed","from":12})");
  EXPECT_EQ(text_of(wire::Pong{"p"}), R"({"op":"pong","id":"p"})");
  EXPECT_EQ(text_of(wire::Move{"wss://a\nwss://b"}),
            R"({"op":"move","urls":["wss://a","wss://b"]})");
  EXPECT_EQ(text_of(wire::Move{""}), R"({"op":"move","urls":[]})");
  EXPECT_EQ(text_of(wire::Error{wire::Code::replaced, "a newer login"}),
            R"({"op":"error","code":"replaced","text":"a newer login"})");
}

TEST(JsonWriting, AHistoryOfSeveralFramesIsOneText) {
  const auto page_of = [](std::initializer_list<wire::Mseq> numbers, bool last, Bytes& entries) {
    for (const wire::Mseq mseq : numbers) {
      wire::append_entry(entries, {mseq, kTime, message(MessageClass::stored, "hi")});
    }
    return wire::encoded({}, wire::Page{"r", last, last, entries});
  };
  Bytes out, first_entries, second_entries;
  JsonPage page;
  const Bytes first = page_of({1, 2}, false, first_entries);
  const Bytes second = page_of({3}, true, second_entries);
  ASSERT_TRUE(append_json(out, *wire::decode(first), page));
  EXPECT_TRUE(out.empty());
  ASSERT_TRUE(append_json(out, *wire::decode(second), page));
  const auto entry = [](int mseq) {
    return R"({"from":"alice","to":"bob","id":"m1","body":"hi","class":"stored","mseq":)" +
           std::to_string(mseq) + R"(,"time":"2026-11-24T09:50:00.123Z"})";
  };
  EXPECT_EQ(out, R"({"op":"history","messages":[)" + entry(1) + "," + entry(2) + "," + entry(3) +
                     R"(],"complete":true,"ref":"r"})");
  EXPECT_TRUE(page.empty());
}

TEST(JsonWriting, AnEmptyHistoryIsOne) {
  EXPECT_EQ(text_of(wire::Page{"", true, true, ""}),
            R"({"op":"history","messages":[],"complete":true})");
}

TEST(JsonWriting, TimesAreRfc3339) {
  const auto time = [](std::int64_t time_ms) {
    Bytes out;
    append_time(out, time_ms);
    return out;
  };
  EXPECT_EQ(time(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(time(951'827'696'007), "2000-02-29T12:34:56.007Z");
  EXPECT_EQ(time(-1), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(time(std::numeric_limits<std::int64_t>::min()), "0000-01-01T00:00:00.000Z");
  EXPECT_EQ(time(std::numeric_limits<std::int64_t>::max()), "9999-12-31T23:59:59.999Z");
}

// What the gateway judges `too_large` by is what this codec makes of it.
TEST(JsonWriting, TheGatewaysSizeOfAMessageIsTheReadersMinimum) {
  JsonReader reader;
  for (const std::string& body :
       {std::string("plain"), std::string("\n\"\\\x01\xc3\xa9"), std::string("\xff\xfe\xfd\xfc")}) {
    MessageView sent = message(MessageClass::stored, body);
    const std::string written = text_of(wire::Deliver{1, kTime, sent});
    const std::size_t from = written.find(body == "\xff\xfe\xfd\xfc" ? "\"bytes\"" : "\"body\"");
    const std::string text = R"({"op":"send","id":"m1","to":"bob",)" +
                             written.substr(from, written.find(",\"class\"") - from) + "}";
    EXPECT_EQ(text.size(), json_size_of(sent)) << text;
    Bytes frame;
    ASSERT_FALSE(reader.read(text, frame));
    EXPECT_EQ(wire::payload_of<wire::Send>(*wire::decode(frame))->message.body, body);
  }
}

TEST(JsonWriting, FramesThatClientsAreNeverSentAreNotWritten) {
  const Bytes frame = wire::encoded({}, wire::Beat{});
  Bytes out;
  JsonPage page;
  EXPECT_FALSE(append_json(out, *wire::decode(frame), page));
}

}  // namespace
}  // namespace trunkline::edge
