// An edge drains under load, wherever it lives: its clients go to the other edges, it takes no new
// ones, nothing is lost or shown twice, and it can come back.
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "lab/client.h"
#include "lab/http_get.h"
#include "tests/cluster/front_door.h"
#include "tests/cluster/pairs_under_load.h"
#include "tests/cluster/supervised_cluster.h"

namespace trunkline::tests {
namespace {

using namespace std::chrono_literals;

constexpr unsigned kPairs = 12;
constexpr unsigned kDraining = 1012;  // the close code

struct Placing {
  const char* name;
  const char* edges;
  std::vector<std::string> more;
};

class DrainTest : public testing::TestWithParam<Placing> {
 protected:
  DrainTest()
      : cluster_({.ranks = 2,
                  .edges = GetParam().edges,
                  .accounts = PairsUnderLoad::names(kPairs),
                  .more = GetParam().more}),
        load_(cluster_.urls(), cluster_.directory(), kPairs) {}

  // Runs `trunkline admin …` while the clients go on; what it said. It must end with `status`.
  std::string admin(const std::string& verb, int status = 0) {
    ShellLine command("trunkline admin " + verb + " --run-dir " + cluster_.run_directory());
    EXPECT_TRUE(load_.run_until([&] { return command.ended(); }));
    const Outcome outcome = command.outcome();
    EXPECT_EQ(outcome.status, status) << outcome.output;
    return outcome.output;
  }

  void nobody_was_cut() {
    const Seen seen = load_.seen();
    EXPECT_EQ(seen.lost_sockets(), seen.closed.at(kDraining)) << to_string(seen);
    EXPECT_TRUE(seen.put_off.empty()) << to_string(seen);
  }

  // What a client that knocks at this edge now is told in place of `welcome`; empty: it is let in.
  std::string knock(unsigned edge) {
    boost::asio::io_context io;
    std::string why;
    bool welcomed = false, moved = false;
    lab::ClientConfig config;
    config.url = cluster_.urls().at(edge);
    config.user = config.password = PairsUnderLoad::names(1).front();
    config.device = "second";
    lab::Client client(io, config,
                       {.on_frame =
                            [&](const wire::FrameView& frame) {
                              welcomed |= frame.header.kind == wire::Kind::welcome;
                              moved |= frame.header.kind == wire::Kind::move;
                              if (welcomed) io.stop();
                            },
                        .on_closed =
                            [&](const lab::Closed& how) {
                              moved &= how.code == kDraining;
                              why = how.reason;
                            }});
    client.open();
    io.run_for(20s);
    return welcomed ? "" : moved ? "move" : why.empty() ? "nothing happens" : why;
  }

  SupervisedCluster cluster_;
  PairsUnderLoad load_;
};
INSTANTIATE_TEST_SUITE_P(, DrainTest,
                         testing::Values(Placing{"Process", "3", {}},
                                         Placing{"Host", "2", {"--edge-link", "tcp"}},
                                         Placing{"Inside", "inside", {}},
                                         Placing{"Fused", "fused", {}}),
                         [](const auto& info) { return info.param.name; });

TEST_P(DrainTest, MovesItsClientsAndLosesNothing) {
  ASSERT_TRUE(load_.begin());
  const unsigned edges = static_cast<unsigned>(cluster_.urls().size());
  const std::string said = admin("drain edge2 --rate 20");
  EXPECT_NE(said.find("edge2: 0 of "), std::string::npos) << said;
  EXPECT_NE(said.find("edge2 is drained"), std::string::npos) << said;
  EXPECT_GT(load_.seen().lost_sockets(), 0U);
  EXPECT_EQ(load_.seen().lost_sockets(), load_.seen_at(1).lost_sockets()) << "another edge's";
  nobody_was_cut();
  PairsUnderLoad::Wait wait;
  load_.expect_fault();
  EXPECT_TRUE(load_.go_on(wait)) << "somebody found no other edge";
  EXPECT_EQ(knock(1), "move") << "it takes new clients, or does not say where else to go";
  EXPECT_EQ(knock(0), "");
  const lab::HttpReply health = lab::http_get(cluster_.urls().at(1), "/healthz");
  EXPECT_EQ(health.status, 503U);
  EXPECT_NE(health.body.find("draining"), std::string::npos) << health.body;
  EXPECT_NE(admin("edges").find("draining"), std::string::npos);

  EXPECT_NE(admin("drain edge9", 1).find("there are: edge1 edge2"), std::string::npos);

  // The other edges may go, too, but not the last.
  for (unsigned edge = 2; edge < edges; ++edge) admin("drain edge" + std::to_string(edge + 1));
  EXPECT_NE(admin("drain edge1", 1).find("nowhere to go"), std::string::npos);
  admin("undrain edge2");
  EXPECT_EQ(knock(1), "");
  ASSERT_TRUE(load_.all_come_back()) << "an edge that drains must not be where they are sent";
  admin("drain edge1");
  load_.expect_fault();
  EXPECT_TRUE(load_.go_on(wait)) << "at the one that came back";

  EXPECT_TRUE(load_.finish());
  const Verdict verdict = load_.verdict();
  EXPECT_EQ(verdict.wrong(), 0U) << to_string(verdict);
  nobody_was_cut();
}

}  // namespace
}  // namespace trunkline::tests
