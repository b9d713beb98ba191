// The ways out of an edge, and what an administrator orders by way of the rank.
#include "tests/edge/gateway_bench.h"

namespace trunkline::edge {
namespace {

using wire::Code;

class GatewayDrainTest : public GatewayBench {
 protected:
  static constexpr wire::SessionId kSessions = 40;

  void everybody_online() {
    rank_up();
    for (wire::SessionId id = 1; id <= kSessions; ++id) online(id, "user" + std::to_string(id));
  }
};

TEST_F(GatewayDrainTest, MovesSessionsAtItsRate) {
  everybody_online();
  step(DrainAsked{"wss://other/ws", Code::draining, 20});
  turn();
  EXPECT_EQ(closed_.size(), 1u) << "one in each step of 50 ms";
  pass_us(50'000);
  EXPECT_EQ(closed_.size(), 2u);
  pass_alive_us(1'000'000);
  const std::size_t gone = closed_.size();
  EXPECT_GT(gone, 2u);
  EXPECT_LE(gone, 23u);
  while (closed_.size() < kSessions && now_.mono_us < 60'000'000) pass_us(50'000);
  EXPECT_EQ(closed_.size(), kSessions);
  EXPECT_TRUE(drained_);
  for (const auto& [id, code] : closed_) EXPECT_EQ(code, Code::draining);
}

TEST_F(GatewayDrainTest, ServesASessionUntilItsTurnComes) {
  everybody_online();
  step(DrainAsked{"", Code::draining, 20});
  turn();
  EXPECT_TRUE(reading(kSessions));
  client_sends(kSessions, "m1", "bob");
  turn();
  EXPECT_EQ(to_rank<wire::Send>().size(), 1u);
  EXPECT_TRUE(told<wire::Move>(1).empty()) << "it knows nowhere";
}

TEST_F(GatewayDrainTest, WaitsForAnswersAndNotForEver) {
  rank_up();
  online(kAlice, "alice");
  online(kBob, "bob");
  client_sends(kAlice, "m1", "bob");
  client_sends(kBob, "m1", "alice");
  turn();
  step(DrainAsked{"wss://other/ws", Code::draining, 1000});
  turn();
  EXPECT_FALSE(reading(kAlice));
  EXPECT_FALSE(reading(kBob));
  pass_alive_us(1'000'000);
  EXPECT_TRUE(closed_.empty());
  rank_says(kAlice, wire::Stored{1, 0});
  pass_us(50'000);
  EXPECT_TRUE(closed_.contains(kAlice));
  EXPECT_FALSE(closed_.contains(kBob));
  pass_alive_us(wire::kDrainHeldUs);
  EXPECT_TRUE(closed_.contains(kBob)) << "it sends it again elsewhere";
}

TEST_F(GatewayDrainTest, ACancelledDrainLeavesWhoIsLeft) {
  everybody_online();
  client_sends(1, "m1", "bob");
  turn();
  step(DrainAsked{"wss://other/ws", Code::draining, 20});
  turn();
  pass_us(50'000);
  const std::size_t gone = closed_.size();
  EXPECT_FALSE(reading(1)) << "its turn has come, and it waits for its answer";
  step(DrainCancelled{});
  turn();
  EXPECT_TRUE(reading(1));
  pass_alive_us(2'000'000);
  EXPECT_EQ(closed_.size(), gone);
  login(99, "carol");
  EXPECT_FALSE(closed_.contains(99));
}

TEST_F(GatewayDrainTest, AStopOvertakesADrain) {
  everybody_online();
  step(DrainAsked{"wss://other/ws", Code::draining, 1});
  turn();
  step(DrainAsked{"", Code::shutdown});
  for (std::int64_t ms = 0; ms < 3'000; ms += 50) pass_us(50'000);
  EXPECT_EQ(closed_.size(), kSessions);
  EXPECT_EQ(closed_.at(kSessions), Code::shutdown);
}

TEST_F(GatewayDrainTest, NewRatesAreForEverySession) {
  rank_up();
  online(kAlice, "alice");
  step(RatesChanged{{.messages_per_second = 1, .message_burst = 1, .bytes_per_second = 0}});
  client_sends(kAlice, "m1", "bob");
  turn();
  EXPECT_FALSE(reading(kAlice));
  step(RatesChanged{{.messages_per_second = 0, .message_burst = 0, .bytes_per_second = 0}});
  turn();
  EXPECT_TRUE(reading(kAlice)) << "at once";
}

TEST_F(GatewayDrainTest, PassesAnOrderOnAndItsAnswerBack) {
  open_port();
  step(PortOpened{++incarnation_, "wss://here:8443"});
  turn();
  EXPECT_EQ(to_rank<wire::Hello>().back().url, "wss://here:8443");
  hello_ok();
  wire::Admin order{wire::AdminVerb::edge_drain, 3, "edge1", R"({"rate":5})"};
  wire::FrameHeader header;
  header.address = {2, wire::kAdminPort, 77};
  wire::BatchBuilder builder;
  builder.add(header, order);
  wire::BatchHeader batch;
  batch.epoch = epoch_;
  batch.incarnation = incarnation_;
  batch.number = ++rank_number_;
  const wire::Bytes bytes = builder.take(batch);
  step(FromRank{bytes});
  ASSERT_EQ(effects_.orders.size(), 1u);
  EXPECT_EQ(effects_.orders[0].verb, wire::AdminVerb::edge_drain);
  EXPECT_EQ(effects_.orders[0].argument, R"({"rate":5})");
  EXPECT_EQ(effects_.orders[0].asker, header.address);
  step(OrderDone{effects_.orders[0].asker, true, "{}"});
  turn();
  const auto answers = to_rank<wire::AdminIs>();
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_TRUE(answers[0].done);
}

}  // namespace
}  // namespace trunkline::edge
