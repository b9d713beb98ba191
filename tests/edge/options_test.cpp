// The configuration of an edge: command line and file.
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <fstream>

#include "edge/options.h"
#include "tests/support/temporary_directory.h"

namespace trunkline::edge {
namespace {

class OptionsTest : public testing::Test {
 protected:
  EdgeOptions parse(const std::string& file, std::vector<std::string> more = {}) {
    write(file);
    more.insert(more.end(), {"--endpoint", "ipc://nowhere", "--config", path_});
    return parse_options(more);
  }
  void write(const std::string& file) { std::ofstream(path_) << file; }
  // Why it is refused, without the path before it.
  std::string refusal(const std::string& file, const std::vector<std::string>& more = {}) {
    try {
      parse(file, more);
      return "taken";
    } catch (const std::runtime_error& problem) {
      const std::string why = problem.what();
      return why.starts_with(path_) ? why.substr(path_.size()) : why;
    }
  }

  tests::TemporaryDirectory directory_;
  const std::string path_ = directory_.path() + "/edge.toml";
};

TEST_F(OptionsTest, EveryOptionHasItsKey) {
  const EdgeOptions options = parse(R"(
name = "door"
address = "127.0.0.2"
port = 8443
threads = 3
plain = true
origin = ["https://a.example", "https://b.example"]
move-url = "wss://elsewhere"
public-url = "wss://chat.example"
tunnel-port = 9000
profile = "lab"
connections = 500
connections-per-address = 50
session-rate = 2.5
session-burst = 7
session-bytes = 1e6
log-level = "debug"
rank = 1
)");
  const EdgeConfig& config = options.config;
  EXPECT_EQ(config.name, "door");
  EXPECT_EQ(config.address, "127.0.0.2");
  EXPECT_EQ(config.port, 8443);
  EXPECT_EQ(options.threads, 3U);
  EXPECT_TRUE(options.plain);
  EXPECT_EQ(config.origins, (std::vector<std::string>{"https://a.example", "https://b.example"}));
  EXPECT_EQ(config.move_urls, std::vector<std::string>{"wss://elsewhere"});
  EXPECT_EQ(config.public_url, "wss://chat.example");
  EXPECT_EQ(config.tunnel_port, 9000);
  EXPECT_TRUE(config.lab);
  EXPECT_EQ(config.connections_max, 500U);
  EXPECT_EQ(config.connections_per_address_max, 50U);
  EXPECT_EQ(config.rates.messages_per_second, 2.5);
  EXPECT_EQ(config.rates.message_burst, 7);
  EXPECT_EQ(config.rates.bytes_per_second, 1e6);
  EXPECT_EQ(config.log_level, "debug");
  EXPECT_EQ(config.rank, 1);
}

TEST_F(OptionsTest, TheCommandLineGoesFirst) {
  const EdgeOptions options = parse("name = \"file\"\nport = 1\norigin = \"https://file\"\n",
                                    {"--name", "line", "--origin", "https://line"});
  EXPECT_EQ(options.config.name, "line");
  EXPECT_EQ(options.config.origins, std::vector<std::string>{"https://line"});
  EXPECT_EQ(options.config.port, 1);
}

TEST_F(OptionsTest, ItCanBeReadAgain) {
  const EdgeConfig config = parse("connections = 5\n", {"--name", "line"}).config;
  write("connections = 6\nname = \"file\"\n");
  const EdgeConfig again = config.read_again();
  EXPECT_EQ(again.connections_max, 6U);
  EXPECT_EQ(again.name, "line");
  write("");
  EXPECT_EQ(config.read_again().connections_max, EdgeConfig().connections_max);
}

TEST_F(OptionsTest, WhatIsWrongIsRefusedWithItsPlace) {
  EXPECT_EQ(refusal("port = 1\n  nmae = \"x\"\n"),
            ":2:3: unknown key `nmae`: see --help for the names");
  EXPECT_EQ(refusal("config = \"x\"\n").substr(0, 18), ":1:1: unknown key ");
  EXPECT_EQ(refusal("port = 70000\n").substr(0, 6), ":1:8: ");
  EXPECT_EQ(refusal("port = \"many\"\n").substr(0, 6), ":1:8: ");
  EXPECT_EQ(refusal("log-level = \"loud\"\n").substr(0, 7), ":1:13: ");
  EXPECT_EQ(refusal("session-rate = 0\n").substr(0, 7), ":1:16: ");
  EXPECT_EQ(refusal("listen = \"/tmp/x\"\n").substr(0, 7), ":1:10: ");
  EXPECT_EQ(refusal("[name]\nx = 1\n").substr(0, 3), ":1:");
  EXPECT_EQ(refusal("port = \n").substr(0, 3), ":1:");
  EXPECT_EQ(refusal("port = 1\nport = 2\n").substr(0, 3), ":2:");
  EXPECT_EQ(refusal("origin = [\"a\", {}]\n").substr(0, 4), ":1:1");
  EXPECT_NE(refusal("cert = \"only.pem\"\n").find("--cert and --key come together"),
            std::string::npos);
  EXPECT_NE(refusal("listen = \"unix:/tmp/x\"\nthreads = 2\n").find("--threads 1"),
            std::string::npos);
}

TEST_F(OptionsTest, TheLivePageIsOnOffOrByWhoReachesTheEdge) {
  EXPECT_EQ(parse("").config.live_page, std::nullopt);
  EXPECT_EQ(parse("live-page = \"auto\"\n").config.live_page, std::nullopt);
  EXPECT_EQ(parse("live-page = \"on\"\n").config.live_page, true);
  EXPECT_EQ(parse("live-page = \"on\"\n", {"--live-page", "off"}).config.live_page, false);
  EXPECT_NE(refusal("live-page = \"perhaps\"\n"), "taken");
}

TEST_F(OptionsTest, AFileThatIsNotThereIsNamed) {
  try {
    parse_options({"--endpoint", "ipc://x", "--config", directory_.path() + "/absent"});
    FAIL();
  } catch (const std::runtime_error& problem) {
    EXPECT_NE(std::string(problem.what()).find("/absent"), std::string::npos);
  }
}

}  // namespace
}  // namespace trunkline::edge
