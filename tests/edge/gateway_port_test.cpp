// The port to the rank: how its breaks are noticed, and what happens after one (rules 3, 6, 7).
#include "tests/edge/gateway_bench.h"

namespace trunkline::edge {
namespace {

using wire::Code;
using GatewayPortTest = GatewayBench;

TEST_F(GatewayPortTest, HoldsMessagesWhileTheRankIsAwayAndSendsThemAgainInOrder) {
  rank_up();
  online(kAlice, "alice");
  client_sends(kAlice, "m1", "bob");
  turn();
  EXPECT_EQ(sent_ids(), std::vector<std::string>{"m1"});
  pass_us(wire::kPortSilenceUs);
  EXPECT_TRUE(reopened_);
  EXPECT_FALSE(gateway_.port_up());
  client_sends(kAlice, "m2", "bob");
  turn();
  to_rank<wire::Attach>();
  rank_up(8);
  EXPECT_TRUE(sent_ids().empty());
  const auto attach = to_rank<wire::Attach>();
  ASSERT_EQ(attach.size(), 1u);
  EXPECT_EQ(attach[0].sepoch, wire::make_sepoch(7, 1));
  attached(kAlice, wire::make_sepoch(7, 1));
  EXPECT_EQ(sent_ids(), (std::vector<std::string>{"m1", "m2"}));
  EXPECT_TRUE(told<wire::Welcome>(kAlice).size() == 1);
}

TEST_F(GatewayPortTest, ResumesAtWhatWasWrittenToTheSocket) {
  rank_up();
  online(kAlice, "alice");
  deliver(kAlice, 1);
  deliver(kAlice, 2);
  client_says(kAlice, wire::ClientReceived{1});
  turn();
  pass_us(wire::kPortSilenceUs);
  to_rank<wire::Attach>();
  to_rank<wire::Received>();
  rank_up(8);
  EXPECT_EQ(to_rank<wire::Attach>().at(0).resume, 2u);
  attached(kAlice, wire::make_sepoch(7, 1), 2);
  EXPECT_EQ(to_rank<wire::Received>().at(0).mseq, 1u);
  deliver(kAlice, 3);
  EXPECT_EQ(told<wire::Deliver>(kAlice).size(), 3u);
}

TEST_F(GatewayPortTest, AnotherMailboxBehindTheSameNameEndsTheSession) {
  rank_up();
  online(kAlice, "alice");
  pass_us(wire::kPortSilenceUs);
  rank_up(8);
  attached(kAlice, wire::make_sepoch(7, 1), 0, "m2");
  EXPECT_EQ(closed_.at(kAlice), Code::bad_cursor);
}

// What a rank would say that has lost its mind: frames that are whole, and payloads that are not.
template <wire::Kind K>
struct Senseless {
  static constexpr wire::Kind kKind = K;
  static void fields(auto& c, auto& s) { c.number(s.byte); }
  std::uint8_t byte = 255;
};

TEST_F(GatewayPortTest, BreaksOnAPayloadThatDoesNotRead) {
  const std::vector<std::function<void()>> breaks = {
      [this] { rank_says(kAlice, Senseless<wire::Kind::deliver>{}); },
      [this] { rank_says(kAlice, Senseless<wire::Kind::direct>{}); },
      [this] { rank_says(kAlice, Senseless<wire::Kind::page>{}); },
      [this] {
        rank_says(kAlice, wire::Page{"r1", false, false, "no entry"});
      },
      [this] { rank_says(kAlice, Senseless<wire::Kind::stored>{}); },
  };
  rank_up();
  online(kAlice, "alice");
  for (const auto& break_it : breaks) {
    SCOPED_TRACE(&break_it - breaks.data());
    EXPECT_FALSE(reopened_);
    break_it();
    EXPECT_TRUE(reopened_);
    EXPECT_TRUE(told<wire::Deliver>(kAlice).empty());
    rank_up();
    attached(kAlice, wire::make_sepoch(7, 1));
  }
  EXPECT_EQ(gateway_.counters().port_breaks, breaks.size());
  EXPECT_TRUE(closed_.empty()) << "sessions outlive their port";
}

TEST_F(GatewayPortTest, BreaksOnAGapAResetAnotherEpochOrDamage) {
  const std::vector<std::function<void()>> breaks = {
      [this] { rank_batch(rank_number_ + 2); },
      [this] { rank_says(0, wire::Reset{incarnation_}); },
      [this] {
        ++epoch_;
        rank_beats();
      },
      [this] {
        step(FromRank{"no batch at all"});
        turn();
      },
  };
  for (const auto& break_it : breaks) {
    rank_up();
    EXPECT_FALSE(reopened_);
    break_it();
    EXPECT_TRUE(reopened_);
    EXPECT_FALSE(gateway_.port_up());
  }
}

TEST_F(GatewayPortTest, WhatAnOlderIncarnationWasToldIsIgnored) {
  rank_up();
  const wire::Incarnation current = incarnation_;
  incarnation_ = 5;
  rank_says(0, wire::Reset{5});
  rank_batch(17);
  incarnation_ = current;
  EXPECT_FALSE(reopened_);
}

TEST_F(GatewayPortTest, TriesAnotherSocketWhenNobodyAnswersHello) {
  open_port();
  pass_us(wire::kPortSilenceUs);
  EXPECT_TRUE(reopened_);
}

TEST_F(GatewayPortTest, BeatsOnceASecondAndConfirmsWithIt) {
  rank_up();
  online(kAlice, "alice");
  batches_.clear();
  rank_beats();
  EXPECT_TRUE(batches_.empty()) << "a confirm by itself would wake the rank";
  pass_us(wake_at_us_ - now_.mono_us);
  ASSERT_EQ(batches_.size(), 1u);
  EXPECT_EQ(batches_[0].consumed, rank_number_);
  EXPECT_EQ(to_rank<wire::Beat>().size(), 1u);
}

TEST_F(GatewayPortTest, ConfirmsAloneOnceMuchIsOwed) {
  rank_up();
  online(kAlice, "alice");
  const std::string body(60'000, 'x');
  batches_.clear();
  for (wire::Mseq mseq = 1; mseq <= 5; ++mseq) deliver(kAlice, mseq, body);
  ASSERT_EQ(batches_.size(), 1u);
  EXPECT_EQ(batches_[0].number, 0u);
  EXPECT_EQ(batches_[0].consumed, rank_number_);
}

TEST_F(GatewayPortTest, AMessageThatIsUnconfirmedForTenSecondsBreaksThePortWithAnAlarm) {
  rank_up();
  online(kAlice, "alice");
  confirming_ = false;
  client_sends(kAlice, "m1", "bob");
  turn();
  pass_alive_us(wire::kHeldAlarmUs - 500'000);
  EXPECT_FALSE(reopened_);
  pass_alive_us(1'000'000);
  EXPECT_TRUE(reopened_);
  EXPECT_EQ(gateway_.counters().alarms, 1u);
}

TEST_F(GatewayPortTest, AConfirmedMessageMayWaitForItsAnswer) {
  rank_up();
  online(kAlice, "alice");
  client_sends(kAlice, "m1", "bob");
  turn();
  pass_alive_us(wire::kHeldAlarmUs * 3);
  EXPECT_FALSE(reopened_);
}

TEST_F(GatewayPortTest, RefusesWhatNoRankTookForThirtySecondsAndKeepsTheClient) {
  rank_up();
  online(kAlice, "alice");
  pass_us(wire::kPortSilenceUs);
  client_sends(kAlice, "m1", "bob");
  turn();
  pass_us(wire::kUnavailableAfterUs - 1);
  EXPECT_TRUE(told<wire::ClientRefused>(kAlice).empty());
  flush(kAlice);
  pass_us(1);
  const auto refused = told<wire::ClientRefused>(kAlice);
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_EQ(refused[0].code, Code::unavailable);
  EXPECT_EQ(refused[0].id, "m1");
  EXPECT_FALSE(closed_.contains(kAlice));
}

TEST_F(GatewayPortTest, HistoryIsAskedAgainUnlessHalfOfItWasTold) {
  rank_up();
  online(kAlice, "alice");
  client_says(kAlice, wire::ClientHistory{"", wire::kNoMseq, 0, "r1"});
  turn();
  pass_us(wire::kPortSilenceUs);
  to_rank<wire::History>();
  rank_up();
  attached(kAlice, wire::make_sepoch(7, 1));
  EXPECT_EQ(to_rank<wire::History>().size(), 1u);
  rank_says(kAlice, wire::Page{"r1", false, false, ""});
  rank_says(0, wire::Reset{incarnation_});
  EXPECT_EQ(told<wire::ClientRefused>(kAlice).at(0).ref, "r1");
}

TEST_F(GatewayPortTest, ReattachesNoMoreThanItsShareAtOnce) {
  const std::size_t sessions = wire::kAttachesOutstandingPerPortMax + 10;
  for (wire::SessionId session = 1; session <= sessions; ++session) login(session, "alice");
  rank_up();
  EXPECT_EQ(to_rank<wire::Attach>().size(), wire::kAttachesOutstandingPerPortMax);
  attached(1, wire::make_sepoch(7, 1));
  EXPECT_EQ(to_rank<wire::Attach>().size(), 1u);
}

}  // namespace
}  // namespace trunkline::edge
