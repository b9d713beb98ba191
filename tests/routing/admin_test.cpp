#include <gtest/gtest.h>

#include <algorithm>

#include "tests/routing/story.h"
#include "wire/live.h"

namespace trunkline::routing {
namespace {

using wire::AdminVerb;

struct Admin : ::testing::Test {
  Story story{2};
  // A name whose home is rank 1 and that has no account.
  wire::Bytes newcomer() {
    const wire::SlotMap slots = wire::SlotMap::fresh(2, 1);
    for (int i = 0;; ++i) {
      wire::Bytes name = "new" + std::to_string(i);
      if (slots.home(name) == 1) return name;
    }
  }
};

TEST_F(Admin, AddsAUserAtItsHomeFromAnyRank) {
  const wire::Bytes name = newcomer();
  EXPECT_EQ(story.admin(0, AdminVerb::user_add, name, story.account(name)), "{}");
  Client& client = story.edge(0).client(name, "desk");
  client.attach();
  EXPECT_EQ(client.heard(), "attached at 0");
  EXPECT_EQ(story.admin(0, AdminVerb::user_add, name, story.account(name)),
            "refused: the user exists already");
}

TEST_F(Admin, GivesAMailboxItsOwnCreationNumber) {
  const wire::Bytes name = newcomer();
  story.admin(0, AdminVerb::user_add, name, story.account(name, "given by the tool"));
  const auto account = wire::decode_account(story.rank(1).disk->accounts.at(name));
  EXPECT_EQ(account->mailbox.size(), 16u);
  EXPECT_EQ(account->auth_version, 1u);
  EXPECT_TRUE(account->enabled);
}

TEST_F(Admin, RefusesAnAccountOfSomebodyElse) {
  const wire::Bytes name = newcomer();
  EXPECT_EQ(story.admin(0, AdminVerb::user_add, name, story.account("mallory")),
            "refused: not an account of that user");
  EXPECT_EQ(story.admin(0, AdminVerb::user_add, name, "garbage"),
            "refused: not an account of that user");
}

TEST_F(Admin, DisableEndsSessionsAtOnceAndEnableLetsThemIn) {
  Client& alice = story.edge(0).client(story.user_at(1), "desk");
  alice.attach();
  alice.heard();
  EXPECT_EQ(story.admin(0, AdminVerb::user_disable, alice.user()), "{}");
  EXPECT_EQ(alice.heard(), "revoked");
  alice.attach();
  EXPECT_EQ(alice.heard(), "revoked");
  EXPECT_EQ(story.admin(0, AdminVerb::user_enable, alice.user()), "{}");
  alice.attach();
  EXPECT_EQ(alice.heard(), "attached at 0");
}

TEST_F(Admin, APasswordEndsSessionsAndRaisesTheVersion) {
  Client& alice = story.edge(0).client(story.user_at(1), "desk");
  alice.attach();
  alice.heard();
  story.admin(0, AdminVerb::user_password, alice.user(), story.account(alice.user()));
  EXPECT_EQ(alice.heard(), "revoked");
  alice.verify(alice.user());
  alice.heard();
  EXPECT_EQ(alice.verifier().auth_version, 2u);
  alice.auth_version = 2;
  alice.attach();
  EXPECT_EQ(alice.heard(), "attached at 0");
}

// Else an unknown user, whose stand-in has the cluster's number, could be told from this one.
TEST_F(Admin, RefusesAnAccountWithAnotherNumberOfIterations) {
  const wire::Bytes name = story.user_at(0);
  const wire::Bytes bytes = story.account(name);
  wire::Account account = *wire::decode_account(bytes);
  account.iterations = wire::kIterationsDefault;
  const wire::Bytes other = wire::encoded_account(account);
  const std::string refusal = "refused: accounts of this cluster have 4096 iterations, not 600000";
  EXPECT_EQ(story.admin(0, AdminVerb::user_password, name, other), refusal);
  account.user = "newcomer";
  EXPECT_EQ(story.admin(0, AdminVerb::user_add, "newcomer", wire::encoded_account(account)),
            refusal);
}

TEST_F(Admin, AnswersWhenAChangeIsDurable) {
  const wire::Bytes name = story.user_at(0);
  story.hold_commits(0);
  EXPECT_EQ(story.admin(0, AdminVerb::user_disable, name), "");
  EXPECT_EQ(story.admin(0, AdminVerb::user_disable, name),
            "refused: another change is being made; try again");
  story.let_commit(0);
  EXPECT_EQ(story.rank(0).admin_text, "{}");
}

TEST_F(Admin, ListsTheUsersOfARank) {
  story.user_at(1);
  EXPECT_EQ(story.admin(0, AdminVerb::user_list, {}, {}, 0), "[]");
  const wire::Bytes name = story.user_at(1);
  EXPECT_EQ(story.admin(0, AdminVerb::user_list, {}, {}, 1),
            "[{\"user\":\"" + name + "\",\"enabled\":true,\"mailbox\":\"1\"}]");
}

TEST_F(Admin, ListsManyUsersInSeveralReads) {
  for (int i = 0; i < 600; ++i) {
    const wire::Bytes name = "many" + std::to_string(i);
    story.rank(0).disk->accounts.emplace(name, story.account(name));
  }
  const std::string list = story.admin(0, AdminVerb::user_list, {}, {}, 0);
  EXPECT_EQ(std::count(list.begin(), list.end(), '{'), 600);
  EXPECT_EQ(list.front(), '[');
  EXPECT_EQ(list.back(), ']');
}

TEST_F(Admin, PingSaysWhereSessionsAre) {
  Client& alice = story.edge(0).client(story.user_at(1), "desk");
  alice.attach();
  alice.heard();
  EXPECT_EQ(
      story.admin(1, AdminVerb::ping, alice.user()),
      "{\"user\":\"" + alice.user() +
          "\",\"home\":1,\"enabled\":true,\"head\":0,\"sessions\":[{\"device\":\"desk\",\"rank\":0,"
          "\"port\":1,\"session\":1,\"position\":0}]}");
  EXPECT_EQ(story.admin(1, AdminVerb::ping, "nobody"), "refused: no such user");
}

TEST_F(Admin, TellsSessionsAndQueuesOfARank) {
  Client& alice = story.edge(0).client(story.user_at(1), "desk");
  alice.attach();
  alice.heard();
  EXPECT_NE(story.admin(1, AdminVerb::sessions, {}, {}, 0).find(alice.user()), std::string::npos);
  EXPECT_NE(story.admin(0, AdminVerb::queues).find("\"records_queued\":0"), std::string::npos);
  EXPECT_EQ(story.admin(0, AdminVerb::queues, {}, {}, 7), "refused: no such rank");
}

TEST_F(Admin, WhatOnlyTheProcessKnowsIsAskedOfIt) {
  EXPECT_EQ(story.admin(0, AdminVerb::metrics, {}, {}, 1), "");
  ASSERT_EQ(story.rank(1).reports.size(), 1u);
  EXPECT_EQ(story.rank(1).reports[0].verb, AdminVerb::metrics);
  const std::string text(100'000, 'm');
  story.step(1, ReportReady{story.rank(1).reports[0].to, true, text});
  story.settle();
  EXPECT_EQ(story.rank(0).admin_text, text) << "in as many frames as it takes";
}

TEST_F(Admin, OnlyALookOfTheLivePageAsksHowFarTheOthersAre) {
  EXPECT_EQ(story.admin(0, AdminVerb::metrics), "");
  story.settle();
  EXPECT_EQ(story.counters(0).round_trips, 0u);
  EXPECT_TRUE(story.rank(0).router->live().round_trips_us.empty());

  EXPECT_EQ(story.admin(0, AdminVerb::metrics, {}, wire::kAskLive), "");
  EXPECT_EQ(story.rank(0).reports.back().argument, wire::kAskLive);
  story.settle();
  const auto others = story.rank(0).router->live().round_trips_us;
  EXPECT_EQ(story.counters(0).round_trips, others.size() - 1);
  EXPECT_EQ(others[0], std::nullopt) << "itself";
  for (std::size_t rank = 1; rank < others.size(); ++rank) {
    ASSERT_TRUE(others[rank].has_value()) << rank;
    EXPECT_GE(*others[rank], 0);
  }
  EXPECT_EQ(story.counters(1).round_trips, 0u) << "who is asked asks nobody";
}

TEST_F(Admin, ATurnIsAnsweredWithNothingByTheRouterAlone) {
  EXPECT_EQ(story.admin(0, AdminVerb::metrics, {}, wire::kAskTurn, 1), "");
  EXPECT_TRUE(story.rank(1).reports.empty());
  EXPECT_EQ(story.admin(0, AdminVerb::queues, {}, {}, 1).find("{"), 0u) << "and nothing is upset";
}

TEST_F(Admin, AnEdgeMayAskForMetricsAndPingOnly) {
  Edge& edge = story.edge(0);
  wire::FrameHeader header;
  header.address = {0, edge.port(), 5};
  edge.say(header, wire::Admin{AdminVerb::metrics, wire::kNoRank, {}, {}});
  story.settle();
  ASSERT_EQ(story.rank(0).reports.size(), 1u);
  story.step(0, ReportReady{story.rank(0).reports[0].to, true, "metrics"});
  story.settle();
  EXPECT_EQ(edge.admin_text(), "metrics");
  edge.say(header, wire::Admin{AdminVerb::stop, wire::kNoRank, {}, {}});
  story.settle();
  EXPECT_EQ(edge.admin_text(), "an edge may ask for metrics and ping only");
  EXPECT_EQ(story.rank(0).reports.size(), 1u);
}

TEST_F(Admin, AnOrderGoesToTheEdgeThatItNamesAndItsAnswerComesBack) {
  story.edge(1, "north");
  EXPECT_EQ(story.admin(0, AdminVerb::edge_drain, "north", "slowly", 1), "obeyed slowly");
  EXPECT_EQ(story.admin(1, AdminVerb::edge_reload, "north", {}, 1), "obeyed ");
  EXPECT_EQ(story.admin(0, AdminVerb::edge_drain, "north", {}, 0),
            "refused: no edge of this name is attached here");
  EXPECT_EQ(story.admin(0, AdminVerb::edges, {}, {}, 1),
            R"({"rank":1,"edges":[{"edge":"north","thread":0,"url":"","sessions":0}]})");
}

TEST_F(Admin, AnEdgeAnswersNobodyButAnAdministrator) {
  Edge& edge = story.edge(0, "north");
  const auto bad = [&] { return story.counters(0).bad_frames; };
  const auto before = bad();
  for (const wire::Address to :
       {wire::Address{0, edge.port(), 1}, wire::Address{9, wire::kAdminPort, 1}}) {
    wire::FrameHeader header;
    header.address = to;
    edge.say(header, wire::AdminIs{true, true, "unasked"});
  }
  story.settle();
  EXPECT_EQ(bad(), before + 2);
  EXPECT_EQ(edge.admin_text(), "");
}

}  // namespace
}  // namespace trunkline::routing
