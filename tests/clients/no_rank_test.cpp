// An edge in a process of its own whose rank is gone: it keeps its clients, says `unavailable` when
// it must, and goes on when the rank is back. And an edge that is told to stop.
#include <signal.h>

#include "lab/http_get.h"
#include "tests/clients/protocol_test.h"

namespace trunkline::tests {
namespace {

using wire::Code;
using namespace std::chrono_literals;

constexpr lab::Protocol kBoth[] = {lab::Protocol::bin, lab::Protocol::json};

class NoRankTest : public testing::Test {
 protected:
  NoRankTest() : cluster({.ranks = 1, .placement = Placement::process, .edges = 2}) {
    for (const char* user : {"alice", "bob"}) cluster.add_user(user);
  }
  TestClient& client(unsigned edge, lab::Protocol protocol) {
    clients.push_back(std::make_unique<TestClient>(room, cluster.urls().at(edge), protocol));
    return *clients.back();
  }
  void end_job() {
    cluster.kill_rank(0);
    ASSERT_TRUE(cluster.job_ended());
  }
  ClusterUnderTest cluster;
  Room room;
  std::vector<std::unique_ptr<TestClient>> clients;
};

TEST_F(NoRankTest, ARestartDisconnectsNobodyAndLosesNothing) {
  std::vector<TestClient*> alices, bobs;
  for (unsigned i = 0; i < 2; ++i) {
    alices.push_back(&client(0, kBoth[i]));
    bobs.push_back(&client(1, kBoth[i]));
    alices[i]->login("alice", "device" + std::to_string(i));
    bobs[i]->login("bob", "device" + std::to_string(i));
  }
  alices[0]->send_as("before", "bob", "before");
  alices[0]->expect_stored("before");
  for (TestClient* bob : bobs) EXPECT_EQ(bob->expect_message("alice", "before").mseq, 1U);
  end_job();
  // Held by the edge; the first of them may have died with the rank.
  for (int i = 1; i <= 20; ++i) alices[0]->send("bob", std::to_string(i));
  cluster.start_job();
  for (int i = 1; i <= 20; ++i) alices[0]->expect_stored("m" + std::to_string(i));
  for (TestClient* bob : bobs) {
    for (int i = 1; i <= 20; ++i) {
      EXPECT_EQ(bob->expect_message("alice", std::to_string(i)).mseq,
                static_cast<wire::Mseq>(i + 1));
    }
    EXPECT_TRUE(bob->is_open());
  }
  for (TestClient* alice : alices) EXPECT_TRUE(alice->is_open());
}

TEST_F(NoRankTest, WhatCannotBeHandedOverIsUnavailable) {
  std::vector<TestClient*> alices;
  for (unsigned i = 0; i < 2; ++i) {
    alices.push_back(&client(0, kBoth[i]));
    alices[i]->login("alice", "device" + std::to_string(i));
  }
  EXPECT_EQ(lab::http_get(cluster.urls()[0], "/healthz").status, 200U);
  end_job();
  for (TestClient* alice : alices) {
    alice->send_as("m", "bob", "hello");
    alice->ask_history({.ref = "h"});
  }
  for (const lab::Protocol protocol : kBoth) {  // no rank for 10 s: try again, here or elsewhere
    TestClient& bob = client(1, protocol);
    EXPECT_EQ(bob.login_error("bob", "phone").code, Code::unavailable);
    EXPECT_EQ(bob.closed()->code, 1013);
  }
  for (TestClient* alice : alices) {
    ASSERT_TRUE(room.wait_until([&] { return alice->refusals().size() == 2; }, 40s));
    for (const RefusedWith& refused : alice->refusals()) {
      EXPECT_EQ(refused.code, Code::unavailable);
      EXPECT_TRUE((refused.id == "m" && refused.to == "bob" && refused.ref.empty()) ||
                  (refused.ref == "h" && refused.id.empty()));
    }
    EXPECT_TRUE(alice->is_open());
  }
  EXPECT_EQ(lab::http_get(cluster.urls()[0], "/healthz").status, 503U);
  cluster.start_job();
  for (TestClient* alice : alices) {  // the same id may be sent again
    alice->send_as("m", "bob", "hello");
    alice->expect_stored("m");
  }
}

TEST_F(NoRankTest, AnEdgeThatDrainsAnswersAndSaysSo) {
  TestClient& json = client(0, lab::Protocol::json);
  TestClient& bin = client(0, lab::Protocol::bin);
  json.login("alice", "json");
  bin.login("alice", "bin");
  for (TestClient* alice : {&json, &bin}) {
    for (int i = 1; i <= 10; ++i) alice->send("bob", std::to_string(i));
    for (int i = 1; i <= 10; ++i) alice->expect_stored("m" + std::to_string(i));
  }
  cluster.signal_edge(0, SIGTERM);
  for (TestClient* alice : {&json, &bin}) {
    const ErrorTold error = alice->next_error();
    const lab::Closed closed = alice->expect_closed();
    EXPECT_TRUE(error.code == Code::draining || error.code == Code::shutdown);
    EXPECT_EQ(closed.code, wire::close_code_of(error.code));
  }
  TestClient& elsewhere = client(1, lab::Protocol::json);
  elsewhere.login("bob", "phone");
  for (int i = 1; i <= 20; ++i) EXPECT_EQ(elsewhere.next_message().from, "alice");
}

TEST_F(NoRankTest, AKilledEdgeTakesOnlyItsOwnClients) {
  TestClient& alice = client(0, lab::Protocol::bin);
  TestClient& bob = client(1, lab::Protocol::json);
  alice.login("alice", "phone");
  bob.login("bob", "phone");
  alice.send_and_see("bob", "one");
  bob.expect_message("alice", "one");
  cluster.kill_edge(0);
  EXPECT_EQ(alice.expect_closed().code, 1006);
  bob.expect_nothing_more();
  cluster.start_edge(0);
  alice.login("alice", "phone", {.cursor = 1});
  alice.send_as("m2", "bob", "two");
  alice.expect_stored("m2");
  bob.expect_message("alice", "two");
}

TEST(RankWithAnEdge, TellsItsClientsWhenItStops) {
  for (const Placement placement : {Placement::fused, Placement::inside}) {
    ClusterUnderTest cluster({.ranks = 2, .placement = placement});
    cluster.add_user("alice");
    Room room;
    TestClient json(room, cluster.urls()[0], lab::Protocol::json);
    TestClient bin(room, cluster.urls()[1], lab::Protocol::bin);
    json.login("alice", "json");
    bin.login("alice", "bin");
    ASSERT_TRUE(cluster.admin().stop(0).done);
    json.expect_error(Code::shutdown);
    bin.expect_error(Code::shutdown);
    EXPECT_TRUE(cluster.job_ended());
    EXPECT_TRUE(cluster.left().empty());
  }
}

TEST(Storage, IsToldInWelcome) {
  ClusterUnderTest cluster({.ranks = 1, .placement = Placement::fused, .store = "memory"});
  cluster.add_user("alice");
  Room room;
  for (const lab::Protocol protocol : kBoth) {
    TestClient alice(room, cluster.urls()[0], protocol);
    EXPECT_EQ(alice.login("alice", "phone").storage, wire::Storage::memory);
    alice.send_and_see("alice", "not for long");
  }
}

}  // namespace
}  // namespace trunkline::tests
