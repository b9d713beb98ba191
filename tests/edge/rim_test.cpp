// The pure parts of the rim: frames of `.bin`, WebSocket headers, HTTP, throttling.
#include <gtest/gtest.h>

#include "edge/bin_codec.h"
#include "edge/counters.h"
#include "edge/frame_walker.h"
#include "edge/http.h"
#include "wire/limits.h"

namespace trunkline::edge {
namespace {

using wire::Bytes;
using wire::MessageClass;

// ---- .bin

wire::MessageView message(MessageClass message_class) {
  return {message_class, "", "", "bob", "m1", "hi", {}};
}

TEST(BinCodec, TakesEveryKindThatClientsSend) {
  const Bytes frames[] = {
      wire::encoded({}, wire::Send{0, 0, message(MessageClass::stored)}),
      wire::encoded({}, wire::Direct{0, message(MessageClass::direct)}),
      wire::encoded({}, wire::Auth{"PLAIN", "", "phone", wire::kNoMseq, ""}),
      wire::encoded({}, wire::Response{""}),
      wire::encoded({}, wire::ClientReceived{1}),
      wire::encoded({}, wire::ClientHistory{}),
      wire::encoded({}, wire::Ping{"p"}),
      wire::encoded({}, wire::Bye{}),
  };
  Bytes together;
  for (const Bytes& frame : frames) together += frame;
  wire::BytesView left = together;
  for (const Bytes& frame : frames) {
    const ClientFrame taken = next_client_frame(left);
    EXPECT_EQ(taken.refusal, "");
    EXPECT_EQ(taken.view.whole, frame);
  }
  EXPECT_TRUE(left.empty());
}

TEST(BinCodec, RefusesWhatClientsDoNotSend) {
  for (const Bytes& frame :
       {wire::encoded({}, wire::Pong{"p"}), wire::encoded({}, wire::Hello{}),
        wire::encoded({}, wire::Deliver{1, 0, message(MessageClass::stored)}),
        wire::encoded({}, wire::Ping{""}), wire::encoded({}, wire::Ping{"a\n"}),
        wire::encoded({}, wire::Send{0, 0, message(MessageClass::direct)}),
        wire::encoded({}, wire::Direct{0, message(MessageClass::stored)}),
        wire::encoded({}, wire::Auth{"PLAIN", "", "", wire::kNoMseq, ""}),
        wire::encoded({}, wire::ClientReceived{wire::kNumberMax + 1}), Bytes("no frame at all"),
        wire::encoded({}, wire::Bye{}).substr(0, 31)}) {
    wire::BytesView left = frame;
    EXPECT_NE(next_client_frame(left).refusal, "");
  }
}

// ---- WebSocket headers

Bytes websocket_frame(unsigned first_byte, std::size_t size) {
  Bytes frame(1, static_cast<char>(first_byte));
  if (size < 126) {
    frame.push_back(static_cast<char>(0x80 | size));
  } else {
    frame.push_back(static_cast<char>(0x80 | 126));
    frame.push_back(static_cast<char>(size >> 8));
    frame.push_back(static_cast<char>(size & 0xff));
  }
  return frame + "mask" + Bytes(size, '\x81');  // payload that looks like headers
}
constexpr unsigned kFin = 0x80, kText = 1, kBinary = 2, kPing = 9;

TEST(FrameWalker, HandsTextOnAsBinaryWhereverTheBytesAreCut) {
  const Bytes frames = websocket_frame(kFin | kText, 5) + websocket_frame(kFin | kPing, 3) +
                       websocket_frame(kText, 300) + websocket_frame(0, 0) +
                       websocket_frame(kFin, 126) + websocket_frame(kFin | kText, 0);
  Bytes expected = frames;
  const std::size_t second = websocket_frame(kFin | kText, 5).size() + websocket_frame(0, 3).size();
  expected[0] = static_cast<char>(kFin | kBinary);
  expected[second] = static_cast<char>(kBinary);
  expected[frames.size() - 6] = static_cast<char>(kFin | kBinary);
  for (const std::size_t cut : {1, 2, 3, 7, 64, 1000}) {
    FrameWalker walker;
    walker.begin(true, 8);
    Bytes walked = frames;
    for (std::size_t at = 0; at < walked.size(); at += cut) {
      ASSERT_TRUE(walker.walk(walked.data() + at, std::min(cut, walked.size() - at)));
    }
    EXPECT_EQ(walked, expected) << cut;
    EXPECT_EQ(walker.first_of_wrong_kind(), 0U);
  }
}

TEST(FrameWalker, NamesTheFirstMessageOfTheWrongKind) {
  for (const bool wants_text : {true, false}) {
    FrameWalker walker;
    walker.begin(wants_text, 8);
    Bytes frames = websocket_frame(kFin | (wants_text ? kText : kBinary), 1) +
                   websocket_frame(kFin | kPing, 1) +
                   websocket_frame(kFin | (wants_text ? kBinary : kText), 1) +
                   websocket_frame(kFin | (wants_text ? kBinary : kText), 1);
    ASSERT_TRUE(walker.walk(frames.data(), frames.size()));
    EXPECT_EQ(walker.first_of_wrong_kind(), 2U);
  }
}

TEST(FrameWalker, CountsTheFragmentsOfAMessage) {
  FrameWalker walker;
  walker.begin(false, 3);
  Bytes three = websocket_frame(kBinary, 1) + websocket_frame(0, 0) + websocket_frame(kFin, 1);
  EXPECT_TRUE(walker.walk(three.data(), three.size()));
  EXPECT_TRUE(walker.walk(three.data(), three.size()));
  Bytes four = websocket_frame(kBinary, 1) + websocket_frame(0, 0) + websocket_frame(0, 0) +
               websocket_frame(kFin, 1);
  EXPECT_FALSE(walker.walk(four.data(), four.size()));
}

// ---- HTTP

HttpRequest get(std::string_view target) {
  HttpRequest request;
  request.is_get = true;
  request.target = target;
  return request;
}

TEST(Http, KnowsItsPaths) {
  EXPECT_EQ(decide(get("/healthz"), {}).action, HttpAction::health);
  EXPECT_EQ(decide(get("/metrics?x=1"), {}).action, HttpAction::metrics);
  EXPECT_EQ(decide(get("/"), {}).status, 404U);
  EXPECT_EQ(decide(get("/wsx"), {}).status, 404U);
  EXPECT_EQ(decide(get("/ws"), {}).status, 426U);
  EXPECT_EQ(decide(get("/lab"), {}).action, HttpAction::lab);
  EXPECT_EQ(decide(get("/lab/data.json?x=1"), {}).action, HttpAction::lab);
  EXPECT_EQ(decide(get("/labs"), {}).status, 404U);
  HttpRequest post = get("/lab");
  post.is_get = false;
  EXPECT_EQ(decide(post, {}).status, 405U);
  post.target = "/healthz";
  EXPECT_EQ(decide(post, {}).status, 405U);
}

TEST(Http, TakesTheFirstSubProtocolThatItSpeaks) {
  EXPECT_EQ(protocol_of("trunkline.v1.json"), Protocol::json);
  EXPECT_EQ(protocol_of("mqtt ,\ttrunkline.v1.bin, trunkline.v1.json,"), Protocol::bin);
  EXPECT_EQ(protocol_of("trunkline.v1"), std::nullopt);
  EXPECT_EQ(protocol_of(""), std::nullopt);
}

TEST(Http, OriginsAreExactAndMayBeAbsent) {
  HttpRequest request = get("/ws");
  request.wants_websocket = true;
  request.protocols = "trunkline.v1.bin";
  const std::vector<std::string> origins = own_origins(true, "127.0.0.1", 8443);
  EXPECT_EQ(decide(request, origins).action, HttpAction::upgrade);
  request.has_origin = true;
  for (const char* origin : {"https://127.0.0.1:8443", "https://localhost:8443"}) {
    request.origin = origin;
    EXPECT_EQ(decide(request, origins).action, HttpAction::upgrade) << origin;
  }
  for (const char* origin : {"", "null", "http://127.0.0.1:8443", "https://127.0.0.1",
                             "https://127.0.0.1:8443/", "https://localhost:8443.evil.example"}) {
    request.origin = origin;
    EXPECT_EQ(decide(request, origins).status, 403U) << origin;
  }
  request.has_origin = false;
  request.protocols = "mqtt";
  EXPECT_EQ(decide(request, origins).status, 400U);
}

TEST(Http, AnswersSayHowLongTheyAreAndThatTheyAreAll) {
  const std::string answer = http_answer({.status = 426, .body = "no\n"}, true);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 426 Upgrade Required\r\nConnection: close\r\n"));
  EXPECT_TRUE(answer.ends_with("\r\nUpgrade: websocket\r\n\r\nno\n"));
  EXPECT_NE(answer.find("\r\nContent-Length: 3\r\n"), std::string::npos);
  EXPECT_NE(answer.find("\r\nStrict-Transport-Security: "), std::string::npos);
  EXPECT_EQ(http_answer({}, false).find("Strict"), std::string::npos);
}

TEST(Http, APageMayLoadItsOwnPartsAndBeKeptByItsTag) {
  const std::string page =
      http_answer({.type = "text/html", .body = "<p>", .etag = "\"1\"", .is_page = true}, false);
  EXPECT_NE(page.find("script-src 'self';"), std::string::npos);
  EXPECT_EQ(page.find("unsafe"), std::string::npos);
  EXPECT_NE(page.find("\r\nCache-Control: no-cache\r\n"), std::string::npos);
  EXPECT_NE(page.find("\r\nETag: \"1\"\r\n"), std::string::npos);
  const std::string known = http_answer({.status = 304, .etag = "\"1\""}, false);
  EXPECT_TRUE(known.ends_with("\r\n\r\n"));
  EXPECT_EQ(known.find("Content-Length"), std::string::npos);
}

TEST(Http, TheUsualPortIsNotInAnOrigin) {
  EXPECT_EQ(own_origins(true, "192.0.2.1", 443), std::vector<std::string>{"https://192.0.2.1"});
  EXPECT_EQ(own_origins(false, "2001:db8::1", 8080),
            std::vector<std::string>{"http://[2001:db8::1]:8080"});
}

// ---- metrics

TEST(Metrics, SayEachCounterWithItsThread) {
  ThreadCounters counters;
  counters.rim.accepted = 3;
  counters.gateway.refused[static_cast<std::size_t>(wire::Code::quota)] = 2;
  const std::string text = metrics_text("e\"1", {{0, counters}, {1, ThreadCounters{}}});
  EXPECT_NE(text.find("trunkline_edge_accepted_total{edge=\"e\\\"1\",thread=\"0\"} 3\n"),
            std::string::npos);
  EXPECT_NE(text.find("trunkline_edge_accepted_total{edge=\"e\\\"1\",thread=\"1\"} 0\n"),
            std::string::npos);
  EXPECT_NE(
      text.find("trunkline_edge_refused_total{edge=\"e\\\"1\",thread=\"0\",code=\"quota\"} 2\n"),
      std::string::npos);
}

}  // namespace
}  // namespace trunkline::edge
