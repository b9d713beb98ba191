#include "cluster/launch.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace trunkline::cluster {
namespace {

StartOptions plain_options() {
  StartOptions options;
  options.plain = true;
  options.run_directory = "/run/t";
  return options;
}

// The value behind `name`, or "" where the option is absent.
std::string value_of(const std::vector<std::string>& arguments, const std::string& name) {
  const auto found = std::find(arguments.begin(), arguments.end(), name);
  return found == arguments.end() || found + 1 == arguments.end() ? "" : *(found + 1);
}

bool has(const std::vector<std::string>& arguments, const std::string& name) {
  return std::find(arguments.begin(), arguments.end(), name) != arguments.end();
}

TEST(Launch, EdgesTakesANumberInsideOrFused) {
  StartOptions options;
  set_edges(options, "3");
  EXPECT_EQ(options.edges, 3u);
  EXPECT_EQ(options.placement, Placement::process);
  set_edges(options, "fused");
  EXPECT_EQ(options.placement, Placement::fused);
  for (const char* wrong : {"0", "-1", "3x", "", "1001", "outside"}) {
    EXPECT_THROW(set_edges(options, wrong), std::invalid_argument) << wrong;
  }
}

TEST(Launch, EdgesListenOnConsecutivePortsAndTakeRanksInTurn) {
  StartOptions options = plain_options();
  options.ranks = 2;
  options.port = 9000;
  EXPECT_EQ(port_of(options, 0, ""), 9000u);
  EXPECT_EQ(port_of(options, 2, ""), 9002u);
  EXPECT_EQ(value_of(edge_command(options, "/bin", 2, 9002), "--port"), "9002");
  EXPECT_EQ(value_of(edge_command(options, "/bin", 2, 9002), "--rank"), "0");
  EXPECT_EQ(value_of(edge_command(options, "/bin", 1, 9001), "--rank"), "1");
  EXPECT_EQ(value_of(edge_command(options, "/bin", 1, 9001), "--name"), "edge2");
}

TEST(Launch, ARestartedEdgeListensWhereItsClientsKnowIt) {
  StartOptions options = plain_options();
  options.port = 0;
  EXPECT_EQ(port_of(options, 2, ""), 0u);
  EXPECT_EQ(port_of(options, 2, "ws://127.0.0.1:40123"), 40123u);
}

TEST(Launch, RanksMeasureTheirFloorOnlyWhenToldTo) {
  StartOptions options = plain_options();
  EXPECT_FALSE(has(job_command(options, "/bin"), "--measure-floor"));
  options.measure_floor = true;
  EXPECT_TRUE(has(job_command(options, "/bin"), "--measure-floor"));
}

TEST(Launch, RanksHostEdgesOnlyWhenToldTo) {
  StartOptions options = plain_options();
  EXPECT_FALSE(has(job_command(options, "/bin"), "--port"));
  options.placement = Placement::inside;
  EXPECT_EQ(value_of(job_command(options, "/bin"), "--placement"), "inside");
  EXPECT_EQ(value_of(job_command(options, "/bin"), "--port"), "8080");
  EXPECT_EQ(value_of(job_command(options, "/bin"), "-np"), "2");
}

TEST(Launch, EdgesOverTcpHaveKeysThatTheRanksAdmit) {
  StartOptions options = plain_options();
  options.edges_over_tcp = true;
  set_edges(options, "2");
  EXPECT_EQ(options.placement, Placement::host);
  EXPECT_EQ(value_of(job_command(options, "/bin"), "--edge-keys"), "/run/t/edge-keys");
  EXPECT_EQ(value_of(job_command(options, "/bin"), "--tcp"), "127.0.0.1");
  const auto edge = edge_command(options, "/bin", 1, 9001);
  EXPECT_TRUE(has(edge, "--tcp"));
  EXPECT_EQ(value_of(edge, "--curve-key-file"),
            value_of(edge_key_command(options, "/bin", 1), "--print-key"));
}

TEST(Launch, UnixSocketsStandInTheRunDirectoryAndHaveATunnel) {
  StartOptions options = plain_options();
  options.unix_sockets = true;
  const auto edge = edge_command(options, "/bin", 1, 9001);
  EXPECT_EQ(value_of(edge, "--listen"), "unix:/run/t/edge2.sock");
  EXPECT_EQ(value_of(edge, "--tunnel-port"), "8081");
  EXPECT_FALSE(has(edge, "--address"));
  options.placement = Placement::fused;
  EXPECT_EQ(value_of(job_command(options, "/bin"), "--listen"), "unix");
  EXPECT_EQ(tunnel_command(options, {"ws+unix:/run/t/edge1.sock", "ws+unix:/run/t/edge2.sock"},
                           "me@node"),
            "ssh -N -L 8080:/run/t/edge1.sock -L 8081:/run/t/edge2.sock me@node");
}

TEST(Launch, ATunnelToLoopbackKeepsThePort) {
  StartOptions options = plain_options();
  EXPECT_EQ(tunnel_command(options, {"ws://127.0.0.1:41234"}, "me@node"),
            "ssh -N -L 41234:127.0.0.1:41234 me@node");
  options.address = "192.0.2.1";
  EXPECT_EQ(tunnel_command(options, {"wss://192.0.2.1:8080"}, "me@node"), "") << "no need";
}

TEST(Launch, SaysWhichOptionsContradict) {
  StartOptions options = plain_options();
  EXPECT_EQ(contradiction(options), "");
  options.plain = false;
  EXPECT_NE(contradiction(options), "");
  options = plain_options();
  options.once = true;
  EXPECT_NE(contradiction(options), "");
  options = plain_options();
  options.port = 65535;
  EXPECT_NE(contradiction(options), "");
  options = plain_options();
  options.ranks = 0;
  EXPECT_NE(contradiction(options), "");
}

}  // namespace
}  // namespace trunkline::cluster
