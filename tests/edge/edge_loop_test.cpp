// A whole edge loop on loopback: real sockets, real ZeroMQ, and a rank that is a double.
#include "edge/edge.h"

#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <future>

#include "lab/http_get.h"
#include "tests/edge/rank_double.h"
#include "tests/edge/test_certificate.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/test_client.h"
#include "wire/cluster_file.h"
#include "wire/stamps.h"

namespace trunkline::edge {
namespace {

using lab::Protocol;
using tests::TestClient;
using wire::Code;
using Headers = std::vector<std::pair<std::string, std::string>>;

class EdgeTest : public testing::Test {
 protected:
  EdgeTest() { config_.endpoint = "inproc://rank"; }
  ~EdgeTest() override {
    clients_.clear();
    edge_.reset();
    rank_.reset();
  }

  void start_rank() { rank_.emplace(zmq_, config_.endpoint); }
  void start_edge() {
    edge_ = std::make_unique<EdgeLoop>(room_.io(), zmq_, config_, 0, make_edge_shared(config_));
    const std::string scheme = config_.certificate.empty() ? "ws://" : "wss://";
    url_ = scheme + "127.0.0.1:" + std::to_string(edge_->start());
  }
  void start() {
    start_rank();
    start_edge();
  }
  TestClient& client(Protocol protocol = Protocol::json) {
    clients_.push_back(std::make_unique<TestClient>(room_, url_, protocol));
    return *clients_.back();
  }
  TestClient& logged_in(const std::string& user, Protocol protocol = Protocol::json) {
    TestClient& made = client(protocol);
    made.login(user, "phone");
    return made;
  }
  // http_get() blocks, and the edge lives on this thread.
  lab::HttpReply get(const std::string& path, const Headers& headers = {}) {
    auto reply = std::async(std::launch::async, [&] { return lab::http_get(url_, path, headers); });
    EXPECT_TRUE(room_.wait_until(
        [&] { return reply.wait_for(std::chrono::milliseconds(0)) == std::future_status::ready; }));
    return reply.get();
  }
  // For what changes on another thread, so that no event of this one tells.
  void wait_until(const std::function<bool()>& condition) {
    int looks = 0;
    while (!room_.wait_until(condition, std::chrono::milliseconds(5)) && looks < 4'000) ++looks;
    EXPECT_TRUE(condition());
  }

  EdgeConfig config_;
  zmq::context_t zmq_;
  tests::Room room_;
  std::optional<RankDouble> rank_;
  std::unique_ptr<EdgeLoop> edge_;
  std::string url_;
  std::vector<std::unique_ptr<TestClient>> clients_;
};

class EdgeInBoth : public EdgeTest, public testing::WithParamInterface<Protocol> {};
INSTANTIATE_TEST_SUITE_P(, EdgeInBoth, testing::Values(Protocol::bin, Protocol::json),
                         [](const auto& info) {
                           return info.param == Protocol::bin ? "Bin" : "Json";
                         });

// ---- login

TEST_P(EdgeInBoth, WelcomesByScramAndByPlain) {
  start();
  for (const lab::Mechanism mechanism : {lab::Mechanism::scram, lab::Mechanism::plain}) {
    const auto welcome = client(GetParam()).login("alice", "phone", {.mechanism = mechanism});
    EXPECT_EQ(welcome.user, "alice");
    EXPECT_EQ(welcome.device, "phone");
    EXPECT_EQ(welcome.edge, config_.name);
    EXPECT_EQ(welcome.rank, 0);
    EXPECT_EQ(welcome.mailbox, "17");
    EXPECT_EQ(welcome.storage, wire::Storage::memory);
  }
}

TEST_P(EdgeInBoth, RefusesAWrongPasswordAndThrottlesTheSixth) {
  start();
  for (const lab::Mechanism mechanism : {lab::Mechanism::scram, lab::Mechanism::plain}) {
    const std::string user = "alice by " + std::string(to_string(mechanism));
    for (int i = 0; i < 5; ++i) {
      EXPECT_EQ(client(GetParam())
                    .login_error(user, "phone", {.password = "guess", .mechanism = mechanism})
                    .code,
                Code::not_authorized);
    }
    EXPECT_EQ(client(GetParam()).login_error(user, "phone", {.mechanism = mechanism}).code,
              Code::throttled);
  }
}

TEST_F(EdgeTest, ThrottlesNobodyInTheLab) {
  config_.lab = true;
  start();
  for (int i = 0; i < 7; ++i) {
    EXPECT_EQ(client().login_error("alice", "phone", {.password = "guess"}).code,
              Code::not_authorized);
  }
  client().login("alice", "phone");
}

TEST_F(EdgeTest, ClosesWhoDoesNotLogInInTime) {
  config_.times.login_us = 20'000;
  start();
  TestClient& stranger = client();
  stranger.open();
  stranger.expect_error(Code::auth_timeout);
}

TEST_F(EdgeTest, ClosesWhoDoesNotUpgradeInTime) {
  config_.times.upgrade_us = 20'000;
  start();
  using boost::asio::ip::tcp;
  tcp::socket silent(room_.io());
  const auto port = static_cast<std::uint16_t>(std::stoi(url_.substr(url_.rfind(':') + 1)));
  silent.connect({boost::asio::ip::make_address("127.0.0.1"), port});
  char byte = 0;
  bool closed = false;
  silent.async_read_some(boost::asio::buffer(&byte, 1),
                         [&](boost::system::error_code, std::size_t) { closed = true; });
  wait_until([&] { return closed; });
}

TEST_F(EdgeTest, RefusesPlainPasswordsOverAPlainLineFromAfar) {
  config_.address = "0.0.0.0";
  config_.plain_anywhere = true;
  start();
  EXPECT_EQ(client().login_error("alice", "phone", {.mechanism = lab::Mechanism::plain}).code,
            Code::bad_mechanism);
  client().login("alice", "phone");
}

TEST_F(EdgeTest, DoesNotStartPlainOnAnOpenAddress) {
  config_.address = "0.0.0.0";
  EXPECT_THROW(EdgeLoop(room_.io(), zmq_, config_, 0, make_edge_shared(config_)),
               std::runtime_error);
}

TEST_F(EdgeTest, DoesNotStartOnAPortThatIsTaken) {
  start();
  EdgeConfig second = config_;
  second.port = static_cast<std::uint16_t>(std::stoi(url_.substr(url_.rfind(':') + 1)));
  EdgeLoop edge(room_.io(), zmq_, second, 0, make_edge_shared(second));
  EXPECT_THROW(edge.start(), std::runtime_error);
}

// ---- messages

TEST_P(EdgeInBoth, CarriesStoredAndDirectMessages) {
  start();
  TestClient& alice = logged_in("alice", GetParam());
  TestClient& bob = logged_in("bob", GetParam());
  alice.expect_stored(alice.send("bob", "hello"));
  EXPECT_EQ(bob.expect_message("alice", "hello").mseq, 1U);
  alice.send_direct("bob", std::string("\xff\0x", 3));
  const auto shown = bob.expect_message("alice", std::string("\xff\0x", 3));
  EXPECT_EQ(shown.message_class, wire::MessageClass::direct);
}

TEST_P(EdgeInBoth, RefusesAbove64KiBAndEndsAbove256KiB) {
  start();
  TestClient& alice = logged_in("alice", GetParam());
  alice.expect_refused(alice.send("bob", std::string(66'000, 'x')), Code::too_large);
  alice.ping("still here");
  alice.expect_pong("still here");
  const auto opcode = GetParam() == Protocol::json ? lab::Opcode::text : lab::Opcode::binary;
  alice.say_raw(opcode, std::string(wire::kFrameBytesHardMax + 1, 'x'));
  EXPECT_EQ(alice.expect_closed().code, 1009);
}

TEST_F(EdgeTest, TakesExactly64KiB) {
  start();
  TestClient& alice = logged_in("alice");
  const std::string around = R"({"op":"send","id":"1","to":"bob","body":""})";
  std::string text = R"({"op":"send","id":"1","to":"bob","body":")" +
                     std::string(wire::kFrameBytesMax - around.size(), 'x') + "\"}";
  ASSERT_EQ(text.size(), wire::kFrameBytesMax);
  alice.say_text(text);
  alice.expect_stored("1");
  text.insert(1, " ");
  alice.say_text(text);
  alice.expect_refused("1", Code::too_large);
}

TEST_P(EdgeInBoth, EndsAbove8KiBBeforeLogin) {
  start();
  TestClient& stranger = client(GetParam());
  stranger.open();
  const auto opcode = GetParam() == Protocol::json ? lab::Opcode::text : lab::Opcode::binary;
  stranger.say_raw(opcode, std::string(wire::kFrameBytesMaxBeforeLogin + 1, 'x'));
  EXPECT_EQ(stranger.expect_closed().code, 1009);
}

TEST_F(EdgeTest, AnswersWhatIsNotAMessageOfTheProtocol) {
  start();
  const std::pair<const char*, Code> cases[] = {{"{", Code::not_json},
                                                {"\"\xff\"", Code::not_json},
                                                {"[]", Code::bad_request},
                                                {R"({"op":"bye","op":"bye"})", Code::bad_request}};
  for (const auto& [text, code] : cases) {
    TestClient& alice = logged_in("alice");
    alice.say_text(text);
    alice.expect_error(code);
  }
}

TEST_P(EdgeInBoth, Closes1003ForTheWrongKindOfMessage) {
  start();
  TestClient& alice = logged_in("alice", GetParam());
  const auto opcode = GetParam() == Protocol::json ? lab::Opcode::binary : lab::Opcode::text;
  alice.say_raw(opcode, "\xff\xfe");  // no UTF-8 either
  EXPECT_EQ(alice.expect_closed().code, 1003);
}

TEST_F(EdgeTest, TakesFragmentsUpToALimit) {
  start();
  TestClient& alice = logged_in("alice");
  const std::string text = R"({"op":"ping","id":"p"})";
  for (std::size_t i = 0; i < text.size(); ++i) {
    alice.say_raw(i == 0 ? lab::Opcode::text : lab::Opcode::continuation, text.substr(i, 1),
                  i + 1 == text.size());
  }
  alice.expect_pong("p");
  alice.say_raw(lab::Opcode::text, "", false);
  for (int i = 0; i < 64; ++i) alice.say_raw(lab::Opcode::continuation, "", false);
  EXPECT_EQ(alice.expect_closed().code, 1009);
}

TEST_F(EdgeTest, StampsLabFramesAtItsFourStages) {
  start();
  TestClient& alice = logged_in("alice", Protocol::bin);
  TestClient& bob = logged_in("bob", Protocol::bin);
  wire::StampBlock block;
  block.flags = wire::kSampled;
  std::optional<wire::StampBlock> seen;
  lab::Client carol(room_.io(), {.url = url_, .user = "carol", .password = "carol"},
                    {.on_frame = [&](const wire::FrameView& frame) {
                      if (frame.header.kind != wire::Kind::direct) return;
                      const auto stamps = wire::decode_stamps(frame.stamps);
                      if (stamps) seen = *stamps;
                    }});
  carol.open();
  wait_until([&] { return carol.welcomed(); });
  alice.say_frame(
      lab::message_frame("1", "carol", "x", wire::MessageClass::direct, wire::encoded(block)));
  wait_until([&] { return seen.has_value(); });
  for (const auto stamp : {wire::Stamp::edge_in, wire::Stamp::edge_out, wire::Stamp::edge_back,
                           wire::Stamp::edge_write}) {
    EXPECT_TRUE(seen->has(stamp));
  }
  EXPECT_FALSE(seen->has(wire::Stamp::rank_in));
  EXPECT_TRUE(bob.is_open());
}

// ---- time and the rank

TEST_P(EdgeInBoth, ByeCloses1000) {
  start();
  TestClient& alice = logged_in("alice", GetParam());
  alice.bye();
  EXPECT_EQ(alice.expect_closed().code, 1000);
}

TEST_F(EdgeTest, CutsWhoMissesTwoPings) {
  config_.times.ping_us = 20'000;
  start();
  bool lively_closed = false, dead_closed = false;
  lab::Client lively(room_.io(), {.url = url_, .user = "alice", .password = "alice"},
                     {.on_closed = [&](const lab::Closed&) { lively_closed = true; }});
  lab::Client dead(room_.io(),
                   {.url = url_, .user = "bob", .password = "bob", .answer_pings = false},
                   {.on_closed = [&](const lab::Closed&) { dead_closed = true; }});
  lively.open();
  dead.open();
  wait_until([&] { return dead_closed; });
  EXPECT_FALSE(lively_closed);
}

TEST_F(EdgeTest, TellsTheRankWhenASocketIsGone) {
  start();
  logged_in("alice").cut();
  wait_until([&] { return rank_->detaches() == 1; });
}

TEST_F(EdgeTest, KeepsItsClientsWhenTheRankComesBack) {
  const tests::TemporaryDirectory directory;
  config_.endpoint = "ipc://" + directory.path() + "/rank";
  start();
  TestClient& alice = logged_in("alice");
  rank_.reset();
  alice.send("bob", "while nobody is there");
  start_rank();
  alice.expect_stored("m1");
  EXPECT_EQ(rank_->hellos(), 1U);
}

TEST_F(EdgeTest, WaitsForTheClusterFile) {
  const tests::TemporaryDirectory directory;
  const std::string endpoint = "ipc://" + directory.path() + "/rank";
  config_.endpoint.clear();
  config_.run_directory = directory.path();
  start_edge();
  EXPECT_EQ(get("/healthz").status, 503U);
  rank_.emplace(zmq_, endpoint);
  wire::ClusterFile file;
  file.ranks.push_back({0, "here", 1, endpoint, "", "", "", ""});
  wire::write_cluster_file(directory.path(), file);
  client().login("alice", "phone");
  EXPECT_EQ(get("/healthz").status, 200U);
}

// As the next job does, on another port of tcp. The old one answers still, so it is not silence
// that tells.
TEST_F(EdgeTest, GoesToWhereANewClusterFileSaysAtOnce) {
  const tests::TemporaryDirectory directory;
  const auto tell = [&](const RankDouble& rank) {
    wire::ClusterFile file;
    file.ranks.push_back({0, "here", 1, rank.endpoint(), "", "", "", ""});
    wire::write_cluster_file(directory.path(), file);
  };
  rank_.emplace(zmq_, "ipc://" + directory.path() + "/first");
  tell(*rank_);
  config_.endpoint.clear();
  config_.run_directory = directory.path();
  start_edge();
  TestClient& alice = logged_in("alice");
  RankDouble second(zmq_, "ipc://" + directory.path() + "/second");
  tell(second);
  wait_until([&] { return second.hellos() == 1; });
  alice.send("bob", "over the new port");
  alice.expect_stored("m1");
}

struct KeyPair {
  char public_key[41] = {}, secret_key[41] = {};
  KeyPair() { EXPECT_EQ(zmq_curve_keypair(public_key, secret_key), 0); }
};

TEST_F(EdgeTest, ReachesARankOverTcpByCurve) {
  const tests::TemporaryDirectory directory;
  const KeyPair ranks, own;
  rank_.emplace(zmq_, "tcp://127.0.0.1:*", ranks.secret_key);
  wire::ClusterFile file;
  file.ranks.push_back({0, "here", 1, "", rank_->endpoint(), ranks.public_key, "", ""});
  wire::write_cluster_file(directory.path(), file);
  config_.endpoint.clear();
  config_.run_directory = directory.path();
  config_.over_tcp = true;
  config_.curve_public = own.public_key;
  config_.curve_secret = own.secret_key;
  start_edge();
  client().login("alice", "phone");
}

TEST_F(EdgeTest, DoesNotStartOverTcpWithoutKeys) {
  config_.over_tcp = true;
  EXPECT_THROW(EdgeLoop(room_.io(), zmq_, config_, 0, make_edge_shared(config_)),
               std::runtime_error);
}

TEST_F(EdgeTest, SaysGoodbyeWhenItStops) {
  start();
  TestClient& alice = logged_in("alice");
  TestClient& stranger = client();
  stranger.open();
  bool stopped = false;
  edge_->stop([&] { stopped = true; });
  alice.expect_error(Code::shutdown);
  stranger.expect_error(Code::shutdown);
  wait_until([&] { return stopped; });
}

TEST_F(EdgeTest, SendsClientsElsewhereWhenItKnowsWhere) {
  config_.move_urls = {"ws://192.0.2.1:8080", "ws://192.0.2.2:8080"};
  start();
  TestClient& alice = logged_in("alice");
  bool stopped = false;
  edge_->stop([&] { stopped = true; });
  alice.expect_error(Code::draining);
  wait_until([&] { return stopped; });
  const auto is_move = [](const std::string& text) {
    return text == R"({"op":"move","urls":["ws://192.0.2.1:8080","ws://192.0.2.2:8080"]})";
  };
  EXPECT_TRUE(std::any_of(alice.texts().begin(), alice.texts().end(), is_move));
}

TEST_F(EdgeTest, StopsThoughAClientDoesNotAnswer) {
  config_.times.close_us = 20'000;
  start();
  TestClient& alice = logged_in("alice");
  alice.read(false);
  bool stopped = false;
  edge_->stop([&] { stopped = true; });
  wait_until([&] { return stopped; });
}

// ---- HTTP

Headers upgrade(Headers more) {
  more.insert(more.end(), {{"Connection", "Upgrade"},
                           {"Upgrade", "websocket"},
                           {"Sec-WebSocket-Version", "13"},
                           {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}});
  return more;
}

TEST_F(EdgeTest, AnswersHttp) {
  start();
  logged_in("alice");
  EXPECT_EQ(get("/healthz").status, 200U);
  EXPECT_NE(get("/healthz").body.find("\"status\":\"ok\""), std::string::npos);
  EXPECT_EQ(get("/nowhere").status, 404U);
  EXPECT_EQ(get("/ws").status, 426U);
  EXPECT_EQ(get("/ws", upgrade({{"Sec-WebSocket-Protocol", "mqtt"}})).status, 400U);
  EXPECT_EQ(get("/ws", upgrade({{"Sec-WebSocket-Protocol", "trunkline.v1.json"},
                                {"Origin", "https://elsewhere.example"}}))
                .status,
            403U);
  EXPECT_EQ(get("/healthz", {{"X", std::string(9'000, 'x')}}).status, 431U);
}

TEST_F(EdgeTest, MetricsHaveTheRanksBehindItsOwn) {
  start();
  logged_in("alice");
  const auto reply = get("/metrics");
  EXPECT_EQ(reply.status, 200U);
  EXPECT_NE(reply.body.find("trunkline_edge_logins_total{edge=\"edge1\",thread=\"0\"} 1\n"),
            std::string::npos);
  EXPECT_TRUE(reply.body.ends_with("trunkline_rank_one 1\ntrunkline_rank_two 2\n"));
}

TEST_F(EdgeTest, MetricsDoWithoutARank) {
  start_edge();
  const auto reply = get("/metrics");
  EXPECT_EQ(reply.status, 200U);
  EXPECT_NE(reply.body.find("trunkline_edge_port_up{edge=\"edge1\",thread=\"0\"} 0\n"),
            std::string::npos);
}

TEST_F(EdgeTest, TurnsAwayMoreThanItMayHold) {
  config_.connections_max = 1;
  start();
  TestClient& alice = logged_in("alice");
  bool closed = false;
  lab::Client second(room_.io(), {.url = url_, .user = "bob", .password = "bob"},
                     {.on_closed = [&](const lab::Closed&) { closed = true; }});
  second.open();
  wait_until([&] { return closed; });
  EXPECT_TRUE(alice.is_open());
}

// ---- TLS

TEST_P(EdgeInBoth, SpeaksTlsWithEveryMechanism) {
  const tests::TemporaryDirectory directory;
  config_.certificate = directory.path() + "/cert.pem";
  config_.key = directory.path() + "/key.pem";
  make_test_certificate(config_.certificate, config_.key);
  start();
  for (const lab::Mechanism mechanism :
       {lab::Mechanism::scram, lab::Mechanism::scram_plus, lab::Mechanism::plain}) {
    TestClient& alice = client(GetParam());
    SCOPED_TRACE(to_string(mechanism));
    alice.login("alice", "phone", {.mechanism = mechanism});
    alice.send("alice", "to myself");
    alice.expect_message("alice", "to myself");
    alice.bye();
    EXPECT_EQ(alice.expect_closed().code, 1000);
  }
  EXPECT_EQ(get("/healthz").status, 200U);
}

TEST_F(EdgeTest, SaysWhatIsWrongWithACertificate) {
  config_.certificate = "/nowhere/cert.pem";
  config_.key = "/nowhere/key.pem";
  EXPECT_THROW(make_edge_shared(config_), std::runtime_error);
}

}  // namespace
}  // namespace trunkline::edge
