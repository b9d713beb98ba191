#include "lab/client_json.h"

#include <gtest/gtest.h>

#include "lab/client.h"

namespace trunkline::lab {
namespace {

std::string json_of_frame(const wire::Bytes& bytes) {
  const auto frame = wire::decode(bytes);
  EXPECT_TRUE(frame.has_value());
  return json_of(*frame);
}

template <class Payload>
Payload read(const FrameOfJson& made) {
  EXPECT_EQ(made.problem, "");
  const auto frame = wire::decode(made.frame, kPageFrameBytesMax);
  EXPECT_TRUE(frame.has_value());
  const auto payload = wire::payload_of<Payload>(*frame);
  EXPECT_TRUE(payload.has_value());
  return payload ? *payload : Payload{};
}

TEST(ClientJson, RequestsAreTheRowsOfTheProtocol) {
  EXPECT_EQ(
      json_of_frame(encoded_frame(wire::Auth{"PLAIN", "abc", "phone", 7, "1700"})),
      R"({"op":"auth","mechanism":"PLAIN","data":"YWJj","device":"phone","cursor":7,"mailbox":"1700"})");
  EXPECT_EQ(json_of_frame(encoded_frame(wire::Auth{"PLAIN", "", "phone", wire::kNoMseq, ""})),
            R"({"op":"auth","mechanism":"PLAIN","data":"","device":"phone"})");
  EXPECT_EQ(json_of_frame(message_frame("m1", "bob", "hi")),
            R"({"op":"send","id":"m1","to":"bob","body":"hi"})");
  EXPECT_EQ(json_of_frame(message_frame("m1", "bob", "hi", wire::MessageClass::direct)),
            R"({"op":"send","id":"m1","to":"bob","class":"direct","body":"hi"})");
  EXPECT_EQ(json_of_frame(encoded_frame(wire::ClientReceived{5})), R"({"op":"received","mseq":5})");
  EXPECT_EQ(json_of_frame(encoded_frame(wire::ClientHistory{"bob", 9, 20, "r"})),
            R"({"op":"history","with":"bob","before":9,"limit":20,"ref":"r"})");
  EXPECT_EQ(json_of_frame(encoded_frame(wire::ClientHistory{})), R"({"op":"history"})");
  EXPECT_EQ(json_of_frame(encoded_frame(wire::Ping{"p"})), R"({"op":"ping","id":"p"})");
  EXPECT_EQ(json_of_frame(encoded_frame(wire::Bye{})), R"({"op":"bye"})");
}

TEST(ClientJson, BodiesThatAreNoTextGoAsBytes) {
  EXPECT_EQ(json_of_frame(message_frame("m", "b", "\xff")),
            R"({"op":"send","id":"m","to":"b","bytes":"/w=="})");
}

TEST(ClientJson, AMessageIsADeliverOrADirect) {
  const auto made = frame_of_json(
      R"({"op":"message","from":"a","to":"b","id":"m","body":"hi","class":"stored","mseq":3,"time":"2026-01-02T03:04:05.678Z"})");
  const auto deliver = read<wire::Deliver>(made);
  EXPECT_EQ(deliver.mseq, 3U);
  EXPECT_EQ(deliver.time_ms, 1767323045678);
  EXPECT_EQ(deliver.message.body, "hi");

  const auto direct = frame_of_json(
      R"({"op":"message","from":"a","to":"b","id":"m","bytes":"/w==","class":"direct","time":"2026-01-02T03:04:05.678Z"})");
  EXPECT_EQ(read<wire::Direct>(direct).message.body, "\xff");
}

TEST(ClientJson, RefusalsSayWhetherToTryAgain) {
  const auto made = frame_of_json(
      R"({"op":"refused","id":"m","to":"b","code":"quota","retry":true,"text":"full up"})");
  EXPECT_EQ(read<wire::ClientRefused>(made).code, wire::Code::quota);
  EXPECT_NE(
      frame_of_json(R"({"op":"refused","id":"m","to":"b","code":"quota","retry":false,"text":""})")
          .problem,
      "");
}

TEST(ClientJson, AHistoryIsAPage) {
  const auto made = frame_of_json(
      R"({"op":"history","ref":"r","complete":true,"messages":[)"
      R"({"from":"a","to":"b","id":"m","body":"hi","class":"stored","mseq":1,"time":"2026-01-02T03:04:05.678Z"}]})");
  auto page = read<wire::Page>(made);
  EXPECT_TRUE(page.last && page.complete);
  const auto entry = wire::next_entry(page.entries);
  ASSERT_TRUE(entry.has_value());
  EXPECT_EQ(entry->message.id, "m");
  EXPECT_TRUE(page.entries.empty());
}

TEST(ClientJson, WhatNoServerMaySayIsAProblem) {
  for (
      const char* text :
      {"", "[]", "{", R"({"op":"sing"})", R"({"op":"pong"})", R"({"op":"trimmed","from":-1})",
       R"({"op":"trimmed","from":1.5})", R"({"op":"error","code":"bored","text":""})",
       R"({"op":"challenge","data":"abc"})",
       R"({"op":"message","from":"a","to":"b","id":"m","body":"hi","class":"direct","mseq":1,"time":"2026-01-02T03:04:05.678Z"})",
       R"({"op":"message","from":"a","to":"b","id":"m","body":"hi","class":"direct","time":"2026-01-02T03:04:05Z"})"}) {
    EXPECT_NE(frame_of_json(text).problem, "") << text;
  }
}

TEST(Utf8, IsWhatRfc3629Says) {
  for (const char* text : {"", "plain", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x8e\x89"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
  for (const char* text : {"\x80", "\xc0\xaf", "\xc3", "\xe0\x80\x80", "\xed\xa0\x80",
                           "\xf4\x90\x80\x80", "\xf5\x80\x80\x80"}) {
    EXPECT_FALSE(is_utf8(text));
  }
}

}  // namespace
}  // namespace trunkline::lab
