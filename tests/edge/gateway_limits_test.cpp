// Limits: windows, rates, outboxes, sizes (rule 1, section 9).
#include "edge/gateway_json_size.h"
#include "tests/edge/gateway_bench.h"

namespace trunkline::edge {
namespace {

using wire::Code;
using GatewayLimitsTest = GatewayBench;

TEST_F(GatewayLimitsTest, AFullWindowStopsReadingAndAnAnswerOpensIt) {
  rank_up();
  online(kAlice, "alice");
  for (std::size_t i = 0; i < wire::kHeldPerSessionMax; ++i) {
    EXPECT_TRUE(reading(kAlice));
    client_sends(kAlice, "m" + std::to_string(i), "bob");
    turn();
  }
  EXPECT_FALSE(reading(kAlice));
  client_sends(kAlice, "late", "bob");
  turn();
  EXPECT_EQ(state(kAlice).held, wire::kHeldPerSessionMax);
  sent_ids();
  rank_says(kAlice, wire::Stored{5, 0});
  EXPECT_EQ(sent_ids(), std::vector<std::string>{"late"});
  EXPECT_FALSE(reading(kAlice));
  rank_says(kAlice, wire::Stored{6, 0});
  EXPECT_TRUE(reading(kAlice));
}

TEST_F(GatewayLimitsTest, AWindowIsFullByBytesToo) {
  rank_up();
  online(kAlice, "alice");
  const std::string body(50'000, 'x');
  for (int i = 0; i < 6; ++i) {
    EXPECT_TRUE(reading(kAlice));
    client_sends(kAlice, "m" + std::to_string(i), "bob", body);
    turn();
  }
  EXPECT_FALSE(reading(kAlice));
}

TEST_F(GatewayLimitsTest, SessionsStandInLineForTheRoomOfThePort) {
  rank_up();
  const std::size_t full = wire::kHeldPerPortMax / wire::kHeldPerSessionMax;
  for (wire::SessionId session = 1; session <= full + 2; ++session) online(session, "alice");
  for (wire::SessionId session = 1; session <= full; ++session) {
    for (std::size_t i = 0; i < wire::kHeldPerSessionMax; ++i) client_sends(session, "m", "bob");
  }
  client_sends(full + 1, "first", "bob");
  client_sends(full + 2, "second", "bob");
  turn();
  sent_ids();
  EXPECT_EQ(gateway_.counters().held, wire::kHeldPerPortMax);
  EXPECT_FALSE(reading(full + 1));
  rank_says(1, wire::Stored{1, 0});
  EXPECT_EQ(sent_ids(), std::vector<std::string>{"first"});
  EXPECT_TRUE(reading(full + 1));
  EXPECT_FALSE(reading(full + 2));
}

TEST_F(GatewayLimitsTest, WhatAClosedSocketSentCountsUntilItIsAnswered) {
  rank_up();
  online(kAlice, "alice");
  client_sends(kAlice, "m1", "bob");
  turn();
  step(SocketClosed{kAlice});
  turn();
  EXPECT_EQ(gateway_.counters().held, 1u);
  EXPECT_EQ(gateway_.counters().sessions, 0u);
  rank_says(kAlice, wire::Stored{1, 0});
  EXPECT_EQ(gateway_.counters().held, 0u);
  EXPECT_EQ(gateway_.counters().held_bytes, 0u);
  EXPECT_TRUE(gateway_.sessions().empty());
}

TEST_F(GatewayLimitsTest, HistoriesOfAPortAreFew) {
  rank_up();
  const auto ask = [this](wire::SessionId session) {
    online(session, "alice");
    client_says(session, wire::ClientHistory{"", wire::kNoMseq, 0, ""});
    turn();
  };
  for (wire::SessionId session = 1; session <= wire::kHistoryOutstandingPerPortMax; ++session) {
    ask(session);
  }
  EXPECT_EQ(to_rank<wire::History>().size(), wire::kHistoryOutstandingPerPortMax);
  ask(100);
  EXPECT_TRUE(to_rank<wire::History>().empty());
  EXPECT_FALSE(reading(100));
  rank_says(1, wire::Page{"", true, true, ""});
  EXPECT_EQ(to_rank<wire::History>().size(), 1u);
  EXPECT_TRUE(reading(100));
}

TEST_F(GatewayLimitsTest, DirectIsDroppedFirstWhenASocketIsSlow) {
  rank_up();
  online(kAlice, "alice");
  const std::string body(60'000, 'x');
  deliver(kAlice, 1, body);
  deliver(kAlice, 2, body);
  wire::Direct direct;
  direct.message = {wire::MessageClass::direct, "bob", "pc", "alice", "d", "typing", {}};
  rank_says(kAlice, direct);
  EXPECT_TRUE(told<wire::Direct>(kAlice).empty());
  EXPECT_EQ(gateway_.counters().direct_dropped, 1u);
  flush(kAlice);
  rank_says(kAlice, direct);
  EXPECT_EQ(told<wire::Direct>(kAlice).size(), 1u);
}

TEST_F(GatewayLimitsTest, ASocketThatTakesNoAnswersIsNotRead) {
  rank_up();
  online(kAlice, "alice");
  int pings = 0;
  while (reading(kAlice) && pings < 10'000) {
    client_says(kAlice, wire::Ping{"p"});
    turn();
    ++pings;
  }
  EXPECT_FALSE(reading(kAlice));
  EXPECT_LT(state(kAlice).outbox_bytes, wire::kAnswerOutboxBytesMax + 100);
  flush(kAlice);
  EXPECT_TRUE(reading(kAlice));
}

TEST_F(GatewayLimitsTest, ASlowConsumerIsCutAfterTenSecondsWithoutAByte) {
  rank_up();
  online(kAlice, "alice");
  flush(kAlice);
  deliver(kAlice, 1);
  pass_alive_us(9'000'000);
  step(Flushed{kAlice, 1});
  pass_alive_us(9'500'000);
  EXPECT_FALSE(closed_.contains(kAlice));
  pass_alive_us(1'000'000);
  EXPECT_EQ(closed_.at(kAlice), Code::slow_consumer);
}

TEST_F(GatewayLimitsTest, TooLargeIsRefusedAndTheSessionStays) {
  rank_up();
  online(kAlice, "alice");
  client_sends(kAlice, "m1", "bob", std::string(70'000, 'x'));
  client_sends(kAlice, "m2", "bob", std::string(20'000, '\1'));  // six characters each in JSON
  turn();
  const auto refused = told<wire::ClientRefused>(kAlice);
  ASSERT_EQ(refused.size(), 2u);
  EXPECT_EQ(refused[0].code, Code::too_large);
  EXPECT_EQ(refused[0].id, "m1");
  EXPECT_EQ(refused[1].id, "m2");
  EXPECT_TRUE(sent_ids().empty());
  EXPECT_FALSE(closed_.contains(kAlice));
}

TEST_F(GatewayLimitsTest, AFrameOfExactlySixtyFourKiBIsTaken) {
  rank_up();
  online(kAlice, "alice");
  wire::Send send;
  send.message = {wire::MessageClass::stored, "", "", "bob", "m1", "", {}};
  const std::size_t empty = wire::encoded(wire::FrameHeader{}, send).size();
  const std::string body(wire::kFrameBytesMax - empty, 'x');
  client_sends(kAlice, "m1", "bob", body);
  client_says(kAlice, send, wire::kFrameBytesMax);  // as text, whatever its frame is
  turn();
  EXPECT_EQ(sent_ids().size(), 2u);
}

TEST(JsonSize, CountsWhatJsonEscapes) {
  const auto size = [](wire::BytesView body) {
    wire::MessageView message;
    message.id = "m1";
    message.to = "bob";
    message.body = body;
    return json_size_of(message);
  };
  const std::size_t empty =
      std::string_view(R"({"op":"send","id":"m1","to":"bob","body":""})").size();
  EXPECT_EQ(size(""), empty);
  EXPECT_EQ(size("a\n\"\\"), empty + 7);
  EXPECT_EQ(size(std::string_view("\0", 1)), empty + 6);
  EXPECT_EQ(size("\xc3\xa9"), empty + 2);
  EXPECT_EQ(size("\xff\xfe"), empty + 1 + 4) << "not UTF-8: base64 in `bytes`";
}

class GatewayRatesTest : public GatewayBench {
 protected:
  static GatewayConfig slow() {
    GatewayConfig config = quiet_config();
    config.rates.messages_per_second = 10;
    config.rates.message_burst = 5;
    return config;
  }
  GatewayRatesTest() : GatewayBench(slow()) {}
};

TEST_F(GatewayRatesTest, AboveItsRateASocketIsNotReadAndNeverClosed) {
  rank_up();
  online(kAlice, "alice");
  for (int i = 0; i < 5; ++i) client_sends(kAlice, "m" + std::to_string(i), "bob");
  turn();
  EXPECT_FALSE(reading(kAlice));
  client_sends(kAlice, "late", "bob");
  turn();
  EXPECT_EQ(sent_ids().size(), 5u);
  pass_us(wake_at_us_ - now_.mono_us);
  EXPECT_EQ(sent_ids(), std::vector<std::string>{"late"});
  pass_us(wake_at_us_ - now_.mono_us);
  EXPECT_TRUE(reading(kAlice));
  EXPECT_TRUE(closed_.empty());
}

}  // namespace
}  // namespace trunkline::edge
