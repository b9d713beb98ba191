// Logins, messages and answers.
#include "tests/edge/gateway_bench.h"

namespace trunkline::edge {
namespace {

using wire::Code;
using GatewayTest = GatewayBench;

TEST_F(GatewayTest, SaysHelloFirstAndNothingElseUntilItIsAnswered) {
  login(kAlice, "alice");
  open_port();
  const auto hello = to_rank<wire::Hello>();
  ASSERT_EQ(hello.size(), 1u);
  EXPECT_EQ(hello[0].edge, "edge1");
  EXPECT_EQ(hello[0].incarnation, incarnation_);
  EXPECT_TRUE(to_rank<wire::Attach>().empty());
  hello_ok();
  EXPECT_EQ(to_rank<wire::Attach>().size(), 1u);
  EXPECT_TRUE(gateway_.port_up());
  EXPECT_EQ(gateway_.rank(), 3);
}

TEST_F(GatewayTest, FetchesAVerifierFromTheUsersHome) {
  rank_up();
  step(VerifierAsked{kAlice, "alice"});
  turn();
  ASSERT_EQ(to_rank<wire::Verifier>().size(), 1u);
  rank_says(kAlice, wire::VerifierIs{"alice", "salt", "stored", "server", 4096, 1});
  EXPECT_EQ(verifiers_, std::vector<wire::Bytes>{"alice"});
}

TEST_F(GatewayTest, WelcomesOnlyAfterTheHomeHasTheSession) {
  rank_up();
  login(kAlice, "alice", 5);
  const auto attach = to_rank<wire::Attach>();
  ASSERT_EQ(attach.size(), 1u);
  EXPECT_EQ(attach[0].sepoch, 0u);
  EXPECT_EQ(attach[0].resume, 5u);
  EXPECT_TRUE(told<wire::Welcome>(kAlice).empty());
  attached(kAlice, wire::make_sepoch(7, 1), 5);
  const auto welcome = told<wire::Welcome>(kAlice);
  ASSERT_EQ(welcome.size(), 1u);
  EXPECT_EQ(welcome[0].user, "alice");
  EXPECT_EQ(welcome[0].edge, "edge1");
  EXPECT_EQ(welcome[0].rank, 3);
  EXPECT_EQ(welcome[0].cursor, 5u);
  EXPECT_EQ(welcome[0].mailbox, "m1");
}

TEST_F(GatewayTest, SaysUnavailableWhenNoRankAnswersALoginForTenSeconds) {
  step(VerifierAsked{kBob, "bob"});
  login(kAlice, "alice");
  pass_us(wire::kNoRankAtLoginUs - 1);
  EXPECT_TRUE(closed_.empty());
  pass_us(1);
  EXPECT_EQ(closed_[kAlice], Code::unavailable);
  EXPECT_EQ(closed_[kBob], Code::unavailable);
}

TEST_F(GatewayTest, TellsABadCursor) {
  rank_up();
  login(kAlice, "alice", 99);
  rank_says(kAlice, wire::AttachRefused{Code::bad_cursor});
  EXPECT_EQ(closed_[kAlice], Code::bad_cursor);
}

TEST_F(GatewayTest, TellsThatAsManyDevicesAreConnectedAsMayBe) {
  rank_up();
  login(kAlice, "alice");
  rank_says(kAlice, wire::AttachRefused{Code::throttled});
  EXPECT_EQ(closed_[kAlice], Code::throttled);
  EXPECT_EQ(gateway_.counters().sessions, 0u);
}

TEST_F(GatewayTest, AsksAgainWhenTheHomeHasNoRoomForASession) {
  rank_up();
  login(kAlice, "alice");
  to_rank<wire::Attach>();
  rank_says(kAlice, wire::AttachRefused{Code::busy});
  EXPECT_TRUE(to_rank<wire::Attach>().empty());
  pass_us(wire::kAttachAgainUs);
  EXPECT_EQ(to_rank<wire::Attach>().size(), 1u);
}

TEST_F(GatewayTest, MakesTheSendItselfAndTellsItsAnswer) {
  rank_up();
  online(kAlice, "alice");
  wire::Send forged{77, 99, {}};
  forged.message = {wire::MessageClass::stored, "mallory", "laptop", "bob", "m1", "hi", {}};
  client_says(kAlice, forged);
  turn();
  const auto sent = to_rank<wire::Send>();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].tag, 1u);
  EXPECT_EQ(sent[0].sepoch, wire::make_sepoch(7, 1));
  EXPECT_EQ(sent[0].message.from, "alice");
  EXPECT_EQ(sent[0].message.device, "phone");
  EXPECT_EQ(sent[0].message.to, "bob");
  EXPECT_EQ(sent[0].message.body, "hi");
  EXPECT_TRUE(told<wire::ClientStored>(kAlice).empty());
  rank_says(kAlice, wire::Stored{1, 0});
  const auto stored = told<wire::ClientStored>(kAlice);
  ASSERT_EQ(stored.size(), 1u);
  EXPECT_EQ(stored[0].id, "m1");
  EXPECT_EQ(stored[0].to, "bob");
  EXPECT_EQ(state(kAlice).held, 0u);
}

TEST_F(GatewayTest, AnAnswerNamesItsTagSoTwoReceiversOfOneIdAreNotConfused) {
  rank_up();
  online(kAlice, "alice");
  client_sends(kAlice, "m1", "bob");
  client_sends(kAlice, "m1", "carol");
  turn();
  rank_says(kAlice, wire::Refused{2, 0, Code::quota});
  rank_says(kAlice, wire::Stored{1, 0});
  EXPECT_EQ(told<wire::ClientRefused>(kAlice).at(0).to, "carol");
  EXPECT_EQ(told<wire::ClientStored>(kAlice).at(0).to, "bob");
}

TEST_F(GatewayTest, DropsAnAnswerThatNobodyWaitsFor) {
  rank_up();
  online(kAlice, "alice");
  rank_says(kAlice, wire::Stored{1, 0});
  rank_says(99, wire::Stored{1, 0});
  EXPECT_TRUE(told<wire::ClientStored>(kAlice).empty());
  EXPECT_FALSE(reopened_);
}

TEST_F(GatewayTest, AFencedOrReplacedSessionIsClosed) {
  rank_up();
  online(kAlice, "alice");
  online(kBob, "bob");
  client_sends(kAlice, "m1", "bob");
  turn();
  rank_says(kAlice, wire::Fenced{1, 0, wire::make_sepoch(7, 9)});
  EXPECT_EQ(closed_[kAlice], Code::replaced);
  rank_says(kBob, wire::Replaced{wire::make_sepoch(7, 9)});
  EXPECT_EQ(closed_[kBob], Code::replaced);
}

TEST_F(GatewayTest, AReplacementThatMeantAnOlderLoginIsNoMatter) {
  rank_up();
  online(kBob, "bob");
  rank_says(kBob, wire::Replaced{wire::make_sepoch(7, 2)});
  EXPECT_FALSE(closed_.contains(kBob));
}

TEST_F(GatewayTest, ARevokedSessionIsClosed) {
  rank_up();
  online(kAlice, "alice");
  rank_says(kAlice, wire::Revoked{});
  EXPECT_EQ(closed_[kAlice], Code::revoked);
}

TEST_F(GatewayTest, ASocketSeesEachNumberOnce) {
  rank_up();
  online(kAlice, "alice");
  deliver(kAlice, 1);
  deliver(kAlice, 2);
  deliver(kAlice, 2);
  deliver(kAlice, 1);
  EXPECT_EQ(told<wire::Deliver>(kAlice).size(), 2u);
  EXPECT_EQ(state(kAlice).written, 2u);
}

TEST_F(GatewayTest, TakenIsSaidOncePerTurnForWhatHasLeftForTheSocket) {
  rank_up();
  online(kAlice, "alice");
  flush(kAlice);
  to_rank<wire::Taken>();
  deliver(kAlice, 1);
  const std::size_t first = unflushed_[kAlice];
  deliver(kAlice, 2);
  step(Flushed{kAlice, first - 1});
  turn();
  EXPECT_TRUE(to_rank<wire::Taken>().empty());
  step(Flushed{kAlice, 1});
  step(Flushed{kAlice, unflushed_[kAlice] - first});
  turn();
  const auto taken = to_rank<wire::Taken>();
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].mseq, 2u);
}

TEST_F(GatewayTest, ReceivedIsPassedOnceAndNeverBeyondWhatWasSent) {
  rank_up();
  online(kAlice, "alice");
  deliver(kAlice, 1);
  deliver(kAlice, 2);
  client_says(kAlice, wire::ClientReceived{3});
  client_says(kAlice, wire::ClientReceived{1});
  client_says(kAlice, wire::ClientReceived{2});
  client_says(kAlice, wire::ClientReceived{1});
  turn();
  const auto received = to_rank<wire::Received>();
  ASSERT_EQ(received.size(), 1u);
  EXPECT_EQ(received[0].mseq, 2u);
}

TEST_F(GatewayTest, TrimmedIsToldAndTheStreamGoesOnBehindIt) {
  rank_up();
  online(kAlice, "alice");
  rank_says(kAlice, wire::Trimmed{10});
  deliver(kAlice, 10);
  EXPECT_EQ(told<wire::Trimmed>(kAlice).at(0).from, 10u);
  EXPECT_EQ(told<wire::Deliver>(kAlice).size(), 1u);
}

TEST_F(GatewayTest, HistoryComesWithItsRefAndOneAtATime) {
  rank_up();
  online(kAlice, "alice");
  client_says(kAlice, wire::ClientHistory{"bob", wire::kNoMseq, 0, "r1"});
  client_says(kAlice, wire::ClientHistory{"bob", 7, 1000, "r2"});
  turn();
  auto asked = to_rank<wire::History>();
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].limit, wire::kHistoryLimitDefault);
  EXPECT_FALSE(reading(kAlice));
  rank_says(kAlice, wire::Page{"r1", true, true, ""});
  EXPECT_EQ(told<wire::Page>(kAlice).at(0).ref, "r1");
  asked = to_rank<wire::History>();
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].limit, wire::kHistoryLimitMax);
  EXPECT_EQ(asked[0].before, 7u);
  EXPECT_TRUE(reading(kAlice));
}

TEST_F(GatewayTest, PingsAndDirectMessagesAreNotHeld) {
  rank_up();
  online(kAlice, "alice");
  wire::Direct direct;
  direct.message = {wire::MessageClass::direct, "", "", "bob", "d1", "typing", {}};
  client_says(kAlice, wire::Ping{"p1"});
  client_says(kAlice, direct);
  turn();
  EXPECT_EQ(told<wire::Pong>(kAlice).at(0).id, "p1");
  const auto sent = to_rank<wire::Direct>();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].message.from, "alice");
  EXPECT_EQ(sent[0].time_ms, now_.wall_ms);
  EXPECT_EQ(state(kAlice).held, 0u);
  rank_says(kAlice, wire::DirectRefused{"d1", "bob", Code::no_such_user});
  EXPECT_EQ(told<wire::ClientRefused>(kAlice).at(0).code, Code::no_such_user);
}

TEST_F(GatewayTest, WhatIsNoOperationOfAClientClosesWithBadRequest) {
  rank_up();
  for (const auto& [id, to] : {std::pair{"", "bob"}, {"m1", ""}, {"m\n1", "bob"}}) {
    const wire::SessionId session = kBob + 1 + gateway_.counters().attaches;
    online(session, "alice");
    client_sends(session, id, to);
    turn();
    EXPECT_EQ(closed_[session], Code::bad_request);
  }
  online(kAlice, "alice");
  client_says(kAlice, wire::Beat{});
  turn();
  EXPECT_EQ(closed_[kAlice], Code::bad_request);
}

TEST_F(GatewayTest, ByeIsAnsweredByAllThatIsOwedAndThenClosed) {
  rank_up();
  online(kAlice, "alice");
  client_sends(kAlice, "m1", "bob");
  client_says(kAlice, wire::Bye{});
  client_sends(kAlice, "m2", "bob");
  turn();
  EXPECT_FALSE(closed_.contains(kAlice));
  EXPECT_EQ(sent_ids(), std::vector<std::string>{"m1"});
  rank_says(kAlice, wire::Stored{1, 0});
  EXPECT_EQ(told<wire::ClientStored>(kAlice).size(), 1u);
  EXPECT_EQ(closed_.at(kAlice), Code::ok);
  EXPECT_EQ(to_rank<wire::Detach>().at(0).sepoch, wire::make_sepoch(7, 1));
}

TEST_F(GatewayTest, ByeWaitsFiveSecondsAtMost) {
  rank_up();
  online(kAlice, "alice");
  client_sends(kAlice, "m1", "bob");
  client_says(kAlice, wire::Bye{});
  turn();
  pass_alive_us(wire::kByeUs);
  EXPECT_EQ(closed_.at(kAlice), Code::ok);
}

TEST_F(GatewayTest, AnAcknowledgementIsNotLostToAGoodByeBehindIt) {
  rank_up();
  online(kAlice, "alice");
  deliver(kAlice, 1);
  client_says(kAlice, wire::ClientReceived{1});
  client_says(kAlice, wire::Bye{});
  turn();
  EXPECT_EQ(to_rank<wire::Received>().size(), 1u);
  EXPECT_EQ(to_rank<wire::Detach>().size(), 1u);
}

TEST_F(GatewayTest, AClosedSocketIsDetachedAlsoWhenItsAttachWasStillOnTheWay) {
  rank_up();
  login(kAlice, "alice");
  step(SocketClosed{kAlice});
  turn();
  EXPECT_TRUE(to_rank<wire::Detach>().empty());
  attached(kAlice, wire::make_sepoch(7, 5));
  const auto detach = to_rank<wire::Detach>();
  ASSERT_EQ(detach.size(), 1u);
  EXPECT_EQ(detach[0].user, "alice");
  EXPECT_EQ(detach[0].sepoch, wire::make_sepoch(7, 5));
  EXPECT_TRUE(told<wire::Welcome>(kAlice).empty());
  EXPECT_TRUE(gateway_.sessions().empty());
}

TEST_F(GatewayTest, DrainWaitsForAnswersThenTellsWhereToGo) {
  rank_up();
  online(kAlice, "alice");
  online(kBob, "bob");
  client_sends(kAlice, "m1", "bob");
  step(DrainAsked{"wss://other/ws"});
  turn();
  EXPECT_FALSE(reading(kAlice));
  EXPECT_EQ(told<wire::Move>(kBob).at(0).urls, "wss://other/ws");
  EXPECT_EQ(closed_[kBob], Code::draining);
  EXPECT_FALSE(closed_.contains(kAlice));
  rank_says(kAlice, wire::Stored{1, 0});
  pass_us(wake_at_us_ - now_.mono_us);
  EXPECT_EQ(closed_.at(kAlice), Code::draining);
  EXPECT_TRUE(drained_);
  login(9, "carol");
  EXPECT_EQ(closed_.at(9), Code::draining);
}

TEST_F(GatewayTest, MetricsAreAskedOfTheRank) {
  step(AdminAsked{50, wire::AdminVerb::metrics});
  turn();
  EXPECT_EQ(admin_answers_.size(), 1u);
  rank_up();
  step(AdminAsked{51, wire::AdminVerb::metrics});
  turn();
  EXPECT_EQ(to_rank<wire::Admin>().at(0).target, 3);
  rank_says(51, wire::AdminIs{true, true, "trunkline_rank_commits 5\n"});
  EXPECT_EQ(admin_answers_.at(1), "trunkline_rank_commits 5\n");
}

}  // namespace
}  // namespace trunkline::edge
