// New certificates, origins, limits and log levels without a restart: by SIGHUP to an edge or to
// the supervisor, and by `trunkline admin reload`. What is broken is refused, and nothing changes.
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "lab/http_get.h"
#include "tests/cluster/front_door.h"
#include "tests/cluster/supervised_cluster.h"
#include "tests/door/edge_process.h"
#include "tests/door/raw_connection.h"
#include "tests/edge/test_certificate.h"
#include "tests/support/test_client.h"

namespace trunkline::tests {
namespace {

using namespace std::chrono_literals;

// For what an edge does after SIGHUP: it tells nobody but those who ask it.
bool eventually(const std::function<bool()>& holds) {
  const auto end = std::chrono::steady_clock::now() + 20s;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(20ms);
  }
  return true;
}

void write(const std::string& path, const std::string& text) {
  std::ofstream(path + ".new") << text;
  std::filesystem::rename(path + ".new", path);
}

// ---- one edge, by SIGHUP

class ReloadTest : public testing::Test {
 protected:
  ReloadTest() : edge_(EdgeKind::no_rank, true) {}

  double metric(const std::string& name) const {
    const HttpAnswer answer =
        ask_http(edge_.port(), true, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    const auto at = answer.rest.find("\ntrunkline_edge_" + name + "{");
    return std::stod(answer.rest.substr(answer.rest.find("} ", at) + 2));
  }
  std::string served() const { return RawConnection(edge_.port(), true).certificate(); }
  void hang_up() { edge_.signal(SIGHUP); }

  EdgeProcess edge_;
};

TEST_F(ReloadTest, TakesANewCertificateForNewConnections) {
  RawConnection old(edge_.port(), true);
  old.write(upgrade_request(std::string(kJsonProtocol)));
  ASSERT_EQ(read_http_answer(old).status, 101U);
  const std::string before = served();
  ASSERT_FALSE(before.empty());

  edge::make_test_certificate(edge_.certificate(), edge_.key());
  hang_up();
  EXPECT_TRUE(eventually([&] { return served() != before; }));
  EXPECT_EQ(metric("reloads_total"), 1);
  EXPECT_GT(metric("certificate_expires_seconds"), 1.7e9);

  // Who was there is still served, by the old one.
  EXPECT_EQ(old.certificate(), before);
  old.write(std::string("\x81\x82\0\0\0\0{}", 8));  // not an operation: it answers, and closes
  std::string said;
  while (said.find("bad_request") == std::string::npos &&
         old.read(said) == RawConnection::Heard::bytes) {
  }
  EXPECT_NE(said.find("bad_request"), std::string::npos) << said;
}

TEST_F(ReloadTest, RefusesWhatIsBrokenAndGoesOn) {
  const std::string before = served();
  const std::string good = content_of(edge_.certificate());
  write(edge_.certificate(), "-----BEGIN CERTIFICATE-----\nbroken\n");
  hang_up();
  EXPECT_TRUE(eventually([&] { return metric("reloads_refused_total") == 1; }));
  EXPECT_EQ(served(), before);

  // A key of another certificate.
  write(edge_.certificate(), good);
  TemporaryDirectory other;
  edge::make_test_certificate(other.path() + "/c.pem", other.path() + "/k.pem");
  write(edge_.key(), content_of(other.path() + "/k.pem"));
  hang_up();
  EXPECT_TRUE(eventually([&] { return metric("reloads_refused_total") == 2; }));
  EXPECT_EQ(served(), before);
  EXPECT_EQ(metric("reloads_total"), 0);
  EXPECT_NE(edge_.log().find("edge-reload-refused"), std::string::npos) << edge_.log();
  EXPECT_NE(edge_.log().find(edge_.key()), std::string::npos) << "which file";
}

// ---- a whole cluster, by the front door

constexpr const char* kChat = "https://chat.example";

class ReloadClusterTest : public testing::TestWithParam<std::string> {
 protected:
  ReloadClusterTest()
      : config_(directory_.path() + "/edge.toml"), cluster_([this] {
          write(config_, "connections = 100\n");
          return SupervisedCluster::Options{.ranks = 2,
                                            .edges = GetParam(),
                                            .accounts = {"alice"},
                                            .more = {"--edge-config", config_}};
        }()) {}

  // Runs `trunkline admin …`; what it said. It must end with `status`.
  std::string admin(const std::string& verb, int status) const {
    const Outcome outcome = run("admin " + verb + " --run-dir " + cluster_.run_directory());
    EXPECT_EQ(outcome.status, status) << outcome.output;
    return outcome.output;
  }
  // The HTTP status that a page of this origin is answered.
  unsigned status_for(const std::string& origin) const {
    return lab::http_get(cluster_.urls().back(), "/ws",
                         {{"Connection", "Upgrade"},
                          {"Upgrade", "websocket"},
                          {"Sec-WebSocket-Version", "13"},
                          {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                          {"Sec-WebSocket-Protocol", "trunkline.v1.json"},
                          {"Origin", origin}})
        .status;
  }

  TemporaryDirectory directory_;
  const std::string config_;
  SupervisedCluster cluster_;
};
INSTANTIATE_TEST_SUITE_P(, ReloadClusterTest, testing::Values("2", "fused"), [](const auto& info) {
  return info.param == "2" ? "Process" : info.param;
});

TEST_P(ReloadClusterTest, TakesNewLimitsWithoutDroppingAClient) {
  Room room;
  TestClient alice(room, cluster_.urls().back(), lab::Protocol::json);
  alice.login("alice", "phone");
  EXPECT_EQ(status_for(kChat), 403U);

  write(config_,
        "origin = [\"" + std::string(kChat) + "\"]\nsession-rate = 1.0\nsession-burst = 2\n");
  const std::string said = admin("reload", 0);
  EXPECT_NE(said.find("edge1 has taken"), std::string::npos) << said;
  EXPECT_NE(said.find("edge2 has taken"), std::string::npos) << said;
  EXPECT_EQ(status_for(kChat), 101U);
  for (int i = 0; i < 4; ++i) alice.ping("p" + std::to_string(i));  // two wait for the new rate
  for (int i = 0; i < 4; ++i) alice.expect_pong("p" + std::to_string(i));
  const std::string metrics = lab::http_get(cluster_.urls().back(), "/metrics").body;
  EXPECT_EQ(metrics.find("paused_total{edge=\"edge2\",thread=\"0\"} 0"), std::string::npos);

  // What is broken changes nothing, and says where.
  write(config_, "connections = 100\nconections-per-address = 3\n");
  EXPECT_NE(admin("reload edge2", 1).find(config_ + ":2:1: unknown key"), std::string::npos);
  write(config_, "session-rate = \"fast\"\n");
  EXPECT_NE(admin("reload edge2", 1).find(config_ + ":1:16: "), std::string::npos);
  EXPECT_EQ(status_for(kChat), 101U);

  // The supervisor's SIGHUP says the same to all.
  write(config_, "connections = 100\n");
  ::kill(cluster_.supervisor_pid(), SIGHUP);
  EXPECT_TRUE(eventually([&] { return status_for(kChat) == 403; }));
  EXPECT_TRUE(alice.is_open());
  alice.round_trip();
  EXPECT_EQ(cluster_.stop(), 0);
}

}  // namespace
}  // namespace trunkline::tests
