// The headers of every HTTP answer of an edge: what browsers are told to do with it.
#include <gtest/gtest.h>

#include <memory>

#include "tests/door/edge_process.h"
#include "tests/door/raw_connection.h"

namespace trunkline::tests {
namespace {

struct Answered {
  const char* name;
  std::string request;
  unsigned status;
};

std::string get(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
}

std::vector<Answered> every_kind_of_answer() {
  const std::string json(kJsonProtocol);
  std::string no_key = upgrade_request(json);
  no_key.replace(no_key.find("Sec-WebSocket-Key"), 3, "Not");
  std::string old_version = upgrade_request(json);
  old_version.replace(old_version.find("Version: 13"), 11, "Version: 12");
  return {
      {"health without a rank", get("/healthz"), 503},
      {"counters", get("/metrics"), 200},
      {"nowhere", get("/nowhere"), 404},
      {"no upgrade", get("/ws"), 426},
      {"another version, which Beast answers", old_version, 426},
      {"no key, which Beast answers", no_key, 400},
      {"no sub-protocol", upgrade_request(), 400},
      {"a foreign origin", upgrade_request(json + "Origin: https://elsewhere.example\r\n"), 403},
      {"another method", "POST /ws HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 405},
      {"no HTTP", "hello\r\n\r\n", 400},
      {"too long", get("/" + std::string(9 * 1024, 'x')), 431},
  };
}

class HeadersTest : public testing::TestWithParam<bool> {
 protected:
  HeadersTest() : edge_(EdgeKind::no_rank, GetParam()) {}
  EdgeProcess edge_;
};
INSTANTIATE_TEST_SUITE_P(, HeadersTest, testing::Bool(),
                         [](const auto& info) { return info.param ? "Tls" : "Plain"; });

TEST_P(HeadersTest, EveryAnswerHasThem) {
  for (const Answered& one : every_kind_of_answer()) {
    SCOPED_TRACE(one.name);
    const HttpAnswer answer = ask_http(edge_.port(), edge_.is_tls(), one.request);
    EXPECT_EQ(answer.status, one.status);
    EXPECT_EQ(answer.header("X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(answer.header("X-Frame-Options"), "DENY");
    EXPECT_EQ(answer.header("Content-Security-Policy"),
              "default-src 'none'; frame-ancestors 'none'");
    EXPECT_EQ(answer.header("Referrer-Policy"), "no-referrer");
    EXPECT_EQ(answer.header("Cross-Origin-Resource-Policy"), "same-origin");
    EXPECT_EQ(answer.header("Cache-Control"), "no-store");
    EXPECT_EQ(answer.header("Strict-Transport-Security"), edge_.is_tls() ? "max-age=31536000" : "");
    EXPECT_EQ(answer.header("Access-Control-Allow-Origin"), "");
    EXPECT_EQ(answer.rest.size(), std::stoul("0" + answer.header("Content-Length")));
  }
}

TEST_P(HeadersTest, SayWhatWouldHaveDone) {
  const auto ask = [this](const std::string& request) {
    return ask_http(edge_.port(), edge_.is_tls(), request);
  };
  EXPECT_EQ(ask("PUT /ws HTTP/1.1\r\nHost: x\r\n\r\n").header("Allow"), "GET");
  EXPECT_EQ(ask(get("/ws")).header("Upgrade"), "websocket");
  const std::string old_version = every_kind_of_answer()[4].request;
  EXPECT_EQ(ask(old_version).header("Sec-WebSocket-Version"), "13");
}

// One answer for each connection: what stands behind a request is nobody's request.
TEST_P(HeadersTest, ASecondRequestIsNotAnswered) {
  const HttpAnswer answer =
      ask_http(edge_.port(), edge_.is_tls(), get("/nowhere") + get("/metrics"));
  EXPECT_EQ(answer.status, 404U);
  EXPECT_EQ(answer.header("Connection"), "close");
  EXPECT_EQ(answer.rest.find("HTTP/1.1"), std::string::npos);
}

}  // namespace
}  // namespace trunkline::tests
