// Edges that reach their ranks over tcp with CURVE, as from another host: who is admitted, and what
// a new job with new keys means to them.
#include <filesystem>
#include <fstream>

#include "cluster/launch.h"
#include "lab/http_get.h"
#include "tests/clients/protocol_test.h"

namespace trunkline::tests {
namespace {

using wire::Code;

class HostTest : public testing::Test {
 protected:
  HostTest() : cluster({.ranks = 2, .placement = Placement::host}) {
    for (const char* user : {"alice", "bob"}) cluster.add_user(user);
  }
  std::string key_file() const { return cluster.run_directory() + "/edge1.curve"; }
  std::string public_key() const {
    std::string key;
    std::ifstream(key_file()) >> key;
    return key;
  }
  double refused_at_rank(wire::RankId rank) {
    return cluster.rank_metric(rank, "trunkline_rank_port_keys_refused_total");
  }
  ClusterUnderTest cluster;
  Room room;
};

TEST_F(HostTest, ANewJobHasNewKeysAndDisconnectsNobody) {
  TestClient alice(room, cluster.urls()[0], lab::Protocol::json);
  TestClient bob(room, cluster.urls()[1], lab::Protocol::bin);
  alice.login("alice", "phone");
  bob.login("bob", "phone");
  alice.send_and_see("bob", "one");
  bob.expect_message("alice", "one");
  const std::string key_before = cluster.file().ranks[0].public_key;
  cluster.kill_rank(0);
  ASSERT_TRUE(cluster.job_ended());
  cluster.start_job();
  EXPECT_NE(cluster.file().ranks[0].public_key, key_before);
  alice.send_and_see("bob", "two");
  bob.expect_message("alice", "two");
  EXPECT_TRUE(alice.is_open() && bob.is_open());
}

TEST_F(HostTest, AnEdgeWithAKeyOfItsOwnMakingWaitsUntilItIsAllowed) {
  cluster.kill_edge(0);
  std::filesystem::remove(key_file());
  cluster.start_edge(0);  // makes a new key, which no rank knows
  ASSERT_TRUE(room.wait_until([&] { return refused_at_rank(0) > 0; }));
  TestClient alice(room, cluster.urls()[0], lab::Protocol::json);
  EXPECT_EQ(lab::http_get(cluster.urls()[0], "/healthz").status, 503U);
  EXPECT_EQ(alice.login_error("alice", "phone").code, Code::unavailable);
  EXPECT_FALSE(cluster.admin().ask(wire::AdminVerb::edge_allow, 0, {}, "no key").done);
  ASSERT_TRUE(cluster.admin().ask(wire::AdminVerb::edge_allow, 0, {}, public_key()).done);
  ASSERT_TRUE(
      room.wait_until([&] { return lab::http_get(cluster.urls()[0], "/healthz").status == 200U; }));
  alice.login("alice", "phone");
  alice.send_and_see("bob", "let in");
}

}  // namespace
}  // namespace trunkline::tests
