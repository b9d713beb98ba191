// Edges that only their own user reaches: on UNIX sockets, with the way in by `ssh -L`.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include "tests/cluster/supervised_cluster.h"
#include "tests/support/test_client.h"

namespace trunkline::tests {
namespace {

constexpr const char* kUnix = "ws+unix:";

class TunnelTest : public testing::TestWithParam<std::string> {
 protected:
  TunnelTest()
      : cluster_({.ranks = 2,
                  .edges = GetParam(),
                  .accounts = {"alice", "bob"},
                  .more = {"--listen", "unix"}}) {}
  std::string path(unsigned edge) const {
    return cluster_.run_directory() + "/edge" + std::to_string(edge + 1) + ".sock";
  }
  // What a page of this origin is answered; 0: nobody listens.
  unsigned status_for(const std::string& origin) {
    TestClient page(room_, cluster_.urls().front(), lab::Protocol::json);
    page.open(origin);
    return page.is_open() ? 101 : page.closed()->http_status;
  }

  SupervisedCluster cluster_;
  Room room_;
};
INSTANTIATE_TEST_SUITE_P(, TunnelTest, testing::Values("2", "inside"), [](const auto& info) {
  return info.param == "2" ? "Process" : info.param;
});

TEST_P(TunnelTest, OnlyItsUserReachesIt) {
  for (unsigned edge = 0; edge < 2; ++edge) {
    struct stat file {};
    ASSERT_EQ(::stat(path(edge).c_str(), &file), 0) << path(edge);
    EXPECT_TRUE(S_ISSOCK(file.st_mode));
    EXPECT_EQ(file.st_mode & 0777, 0600U);
    EXPECT_EQ(cluster_.urls().at(edge), kUnix + path(edge));
  }
  TestClient alice(room_, cluster_.urls().at(0), lab::Protocol::json);
  TestClient bob(room_, cluster_.urls().at(1), lab::Protocol::bin);
  alice.login("alice", "phone", {.mechanism = lab::Mechanism::plain});  // nobody can listen
  bob.login("bob", "phone");
  alice.send("bob", "by the back door");
  bob.expect_message("alice", "by the back door");

  const std::string tunnel = cluster_.printed("from elsewhere: ");
  EXPECT_EQ(tunnel.find("from elsewhere: ssh -N -L 8080:" + path(0) + " -L 8081:" + path(1) + " "),
            0U)
      << tunnel;
  EXPECT_EQ(status_for("http://localhost:8080"), 101U);
  EXPECT_EQ(status_for("http://127.0.0.1:8080"), 101U);
  EXPECT_EQ(status_for("http://localhost:8081"), 403U);
  EXPECT_EQ(status_for("https://localhost:8080"), 403U);

  if (GetParam() == "2") {  // what kill -9 leaves of a socket is replaced
    ::kill(cluster_.edge_pid(0), SIGKILL);
    EXPECT_TRUE(room_.wait_until([&] { return !alice.is_open(); }));
    unsigned status = 0;
    for (int tries = 0; tries < 400 && status != 101; ++tries) {
      room_.wait_until([] { return false; }, std::chrono::milliseconds(50));
      status = status_for("");
    }
    EXPECT_EQ(status, 101U);
  }
  EXPECT_EQ(cluster_.stop(), 0);
  struct stat file {};
  for (unsigned edge = 0; edge < 2; ++edge) EXPECT_NE(::stat(path(edge).c_str(), &file), 0);
}

}  // namespace
}  // namespace trunkline::tests
