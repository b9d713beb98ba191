// HTTP at the door of an edge, and what no WebSocket of ours may be.
#include "lab/http_get.h"
#include "tests/clients/protocol_test.h"

namespace trunkline::tests {
namespace {

lab::HttpReply get(const std::string& path,
                   const std::vector<std::pair<std::string, std::string>>& headers = {}) {
  return lab::http_get(chat_cluster().urls().front(), path, headers);
}

using Headers = std::vector<std::pair<std::string, std::string>>;
Headers upgrade(Headers more) {
  more.insert(more.end(), {{"Connection", "Upgrade"},
                           {"Upgrade", "websocket"},
                           {"Sec-WebSocket-Version", "13"},
                           {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}});
  return more;
}

TEST(Door, APlainGetOfWsIs426) {
  EXPECT_EQ(get("/ws").status, 426U);
}

TEST(Door, AnUnknownSubProtocolIs400) {
  EXPECT_EQ(get("/ws", upgrade({})).status, 400U);
  EXPECT_EQ(get("/ws", upgrade({{"Sec-WebSocket-Protocol", "mqtt"}})).status, 400U);
}

TEST(Door, AForeignOriginIs403) {
  const auto reply = get("/ws", upgrade({{"Sec-WebSocket-Protocol", "trunkline.v1.json"},
                                         {"Origin", "https://elsewhere.example"}}));
  EXPECT_EQ(reply.status, 403U);
}

TEST(Door, TheOwnOriginIsLetIn) {
  const std::string url = chat_cluster().urls().front();
  const std::string origin = "http" + url.substr(url.find(':'));
  Room room;
  TestClient client(room, url, lab::Protocol::json);
  client.open(origin.substr(0, origin.find('/', 8)));
  EXPECT_TRUE(client.is_open());
}

TEST(Door, HealthIsToldToAnyone) {
  EXPECT_EQ(get("/healthz").status, 200U);
}

TEST(Door, MetricsHaveTheRanksAmongThem) {
  const auto reply = get("/metrics");
  EXPECT_EQ(reply.status, 200U);
  EXPECT_NE(reply.body.find("trunkline_rank_link_frames_out_total"), std::string::npos);
  EXPECT_NE(reply.body.find("trunkline_rank_store_commits_total"), std::string::npos);
  EXPECT_NE(reply.body.find("trunkline_rank_wakeups_total"), std::string::npos);
  EXPECT_NE(reply.body.find("trunkline_edge_"), std::string::npos);
}

TEST(Door, ElsewhereIsNothing) {
  EXPECT_EQ(get("/nowhere").status, 404U);
}

class WebSocketTest : public ProtocolTest {};
IN_BOTH_PROTOCOLS(WebSocketTest);

TEST_P(WebSocketTest, TheWrongKindOfMessageCloses1003) {
  TestClient& alice = logged_in(new_user("alice"));
  alice.say_raw(GetParam() == lab::Protocol::json ? lab::Opcode::binary : lab::Opcode::text, "{}");
  EXPECT_EQ(alice.expect_closed().code, 1003);
}

TEST_P(WebSocketTest, TheWrongKindBeforeLoginCloses1003Too) {
  TestClient& stranger = client();
  stranger.open();
  stranger.say_raw(GetParam() == lab::Protocol::json ? lab::Opcode::binary : lab::Opcode::text,
                   "{}");
  EXPECT_EQ(stranger.expect_closed().code, 1003);
}

TEST_P(WebSocketTest, Above256KiBCloses1009) {
  TestClient& alice = logged_in(new_user("alice"));
  alice.say_raw(GetParam() == lab::Protocol::json ? lab::Opcode::text : lab::Opcode::binary,
                std::string(256 * 1024 + 1, 'x'));
  EXPECT_EQ(alice.expect_closed().code, 1009);
}

TEST_P(WebSocketTest, Above8KiBBeforeLoginCloses1009) {
  TestClient& stranger = client();
  stranger.open();
  stranger.say_raw(GetParam() == lab::Protocol::json ? lab::Opcode::text : lab::Opcode::binary,
                   std::string(8 * 1024 + 1, 'x'));
  EXPECT_EQ(stranger.expect_closed().code, 1009);
}

TEST_P(WebSocketTest, AMessageMayComeInParts) {
  if (GetParam() == lab::Protocol::bin) return;  // the same code below the codecs
  TestClient& alice = logged_in(new_user("alice"));
  alice.say_raw(lab::Opcode::text, R"({"op":"pi)", false);
  alice.say_raw(lab::Opcode::continuation, R"(ng","id":)", false);
  alice.say_raw(lab::Opcode::continuation, R"("p"})", true);
  alice.expect_pong("p");
}

TEST_P(WebSocketTest, SeveralFramesOfOneMessageAreTakenInOrder) {
  if (GetParam() == lab::Protocol::json) return;  // one object per text message
  TestClient& alice = logged_in(new_user("alice"));
  alice.say_raw(lab::Opcode::binary,
                lab::encoded_frame(wire::Ping{"1"}) + lab::encoded_frame(wire::Ping{"2"}));
  alice.expect_pong("1");
  alice.expect_pong("2");
}

}  // namespace
}  // namespace trunkline::tests
