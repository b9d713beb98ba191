// The conformance suite against real edges: all groups against one that echoes, in plain; a few of
// each under TLS; and against the product's own sub-protocol whatever a stranger may say there.
#include <gtest/gtest.h>

#include <memory>

#include "tests/door/conformance_case.h"
#include "tests/door/edge_process.h"
#include "tests/door/test_name.h"
#include "tests/door/visit.h"

namespace trunkline::tests {
namespace {

std::vector<std::unique_ptr<EdgeProcess>>& edges() {
  static std::vector<std::unique_ptr<EdgeProcess>> all;
  return all;
}
EdgeProcess& started(EdgeKind kind, bool tls) {
  edges().push_back(std::make_unique<EdgeProcess>(kind, tls));
  return *edges().back();
}
EdgeProcess& echo_edge() {
  static EdgeProcess& edge = started(EdgeKind::echo, false);
  return edge;
}
EdgeProcess& tls_echo_edge() {
  static EdgeProcess& edge = started(EdgeKind::echo, true);
  return edge;
}
EdgeProcess& product_edge() {
  static EdgeProcess& edge = started(EdgeKind::no_rank, false);
  return edge;
}

// After all cases every edge is still there, and ends in order.
class Edges : public testing::Environment {
 public:
  void TearDown() override {
    for (const auto& edge : edges()) EXPECT_TRUE(edge->stop()) << edge->log();
    edges().clear();
  }
};
const auto* const kEdges = testing::AddGlobalTestEnvironment(new Edges);

std::string closed_with(unsigned code) {
  return "close " + std::to_string(code);
}

Visit visit_of(const EdgeProcess& edge, std::string_view headers) {
  return {edge.port(), edge.is_tls(), headers};
}

void expect_case(const EdgeProcess& edge, std::string_view headers, const Case& one) {
  Visit visit = visit_of(edge, headers);
  visit.say(one.sent, one.piece);
  for (const Back& back : one.back) {
    ASSERT_EQ(visit.next().words(), words_of(back.opcode, back.payload));
  }
  if (one.closed == kStaysOpen) visit.say(close_frame(1000));
  ASSERT_EQ(visit.next().words(), closed_with(one.closed == kStaysOpen ? 1000 : one.closed));
  EXPECT_EQ(visit.next().words(), "end");
}

std::vector<Case> all_cases() {
  std::vector<Case> all;
  for (const auto& group : {framing_cases, ping_cases, reserved_bits_cases, opcode_cases,
                            fragment_cases, utf8_cases, close_cases, limit_cases}) {
    for (Case& one : group()) all.push_back(std::move(one));
  }
  return all;
}

// Under TLS bytes are cut into records, which nothing above it may notice.
std::vector<Case> some_cases() {
  std::vector<Case> all = all_cases(), some;
  for (std::size_t at = 0; at < all.size(); at += 12) some.push_back(std::move(all[at]));
  return some;
}

// A stranger gets no message back: what is left are pings, ends, and what breaks the rules.
std::vector<Case> stranger_cases() {
  std::vector<Case> some;
  for (Case& one : all_cases()) {
    const bool about_text = one.group == "utf8" || one.group == "limits";
    if (!one.needs_echo() && !about_text) some.push_back(std::move(one));
  }
  return some;
}

std::string name_of(const testing::TestParamInfo<Case>& info) {
  return test_name(info.param.group, info.index, info.param.name);
}

class Echo : public testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(, Echo, testing::ValuesIn(all_cases()), name_of);
TEST_P(Echo, Case) {
  expect_case(echo_edge(), "", GetParam());
}

class EchoUnderTls : public testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(, EchoUnderTls, testing::ValuesIn(some_cases()), name_of);
TEST_P(EchoUnderTls, Case) {
  expect_case(tls_echo_edge(), "", GetParam());
}

class Stranger : public testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(, Stranger, testing::ValuesIn(stranger_cases()), name_of);
TEST_P(Stranger, Case) {
  expect_case(product_edge(), kBinProtocol, GetParam());
}

// In `.json` it is the reader of JSON that judges, and says so in words.
TEST(StrangersJson, IsUtf8OrNoJson) {
  int said = 0;
  for (const Utf8Row& row : utf8_rows()) {
    if (row.bytes.find('\0') != std::string::npos) continue;  // JSON wants it escaped
    SCOPED_TRACE(row.name);
    const std::string text = R"({"op":"send","id":"m","to":"bob","body":")" + row.bytes + R"("})";
    for (const std::size_t part : {text.size(), text.size() / 7}) {
      Visit visit = visit_of(product_edge(), kJsonProtocol);
      visit.say(in_fragments(kText, text, part));
      const std::string code = row.valid ? "not_logged_in" : "not_json";
      EXPECT_NE(visit.next().words().find("\"" + code + "\""), std::string::npos);
      EXPECT_EQ(visit.next().words(), "close 1008");
      visit.say(close_frame(1008));
      EXPECT_EQ(visit.next().words(), "end");
      ++said;
    }
  }
  EXPECT_GT(said, 200);
}

// ---- the mode itself

TEST(EchoMode, AgreesOnNoExtensionAndNoSubProtocol) {
  RawConnection connection(echo_edge().port(), false);
  connection.write(
      upgrade_request("Sec-WebSocket-Extensions: permessage-deflate\r\n"
                      "Sec-WebSocket-Protocol: chat\r\n"));
  const HttpAnswer answer = read_http_answer(connection);
  EXPECT_EQ(answer.status, 101U);
  EXPECT_EQ(answer.header("Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(answer.header("Sec-WebSocket-Extensions"), "");
  EXPECT_EQ(answer.header("Sec-WebSocket-Protocol"), "");
}

TEST(EchoMode, NeverStandsBesideUsers) {
  constexpr int kUsage = 2, kCannotStart = 1;
  using Options = std::vector<std::string>;
  EXPECT_EQ(exit_status_of_edge(Options{"--echo", "--run-dir", "/tmp"}), kUsage);
  EXPECT_EQ(exit_status_of_edge(Options{"--echo", "--endpoint", "ipc:///tmp/nobody"}), kUsage);
  EXPECT_EQ(exit_status_of_edge(Options{"--echo", "--plain-anywhere"}), kUsage);
  EXPECT_EQ(exit_status_of_edge(Options{"--echo", "--address", "0.0.0.0"}), kCannotStart);
  EXPECT_EQ(exit_status_of_edge(Options{"--echo", "--address", "::"}), kCannotStart);
}

TEST(EchoMode, SpeaksNoProtocolOfOurs) {
  Visit visit = visit_of(echo_edge(), kJsonProtocol);
  const std::string ping = R"({"op":"ping","id":"p"})";
  visit.say(frame(kText, ping));
  EXPECT_EQ(visit.next().words(), words_of(kText, ping));
  EXPECT_EQ(ask_http(echo_edge().port(), false, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").status,
            426U);
}

TEST(EchoMode, EndsInOrder) {
  EdgeProcess edge(EdgeKind::echo, false);
  Visit visit = visit_of(edge, "");
  visit.say(frame(kText, "before the end"));
  EXPECT_EQ(visit.next().words(), words_of(kText, "before the end"));
  edge.ask_to_stop();
  EXPECT_EQ(visit.next().words(), "close 1001");
  visit.say(close_frame(1001));
  EXPECT_TRUE(edge.stop());
}

}  // namespace
}  // namespace trunkline::tests
