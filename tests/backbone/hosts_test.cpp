#include "backbone/hosts.h"

#include <gtest/gtest.h>

namespace trunkline::backbone {
namespace {

RankHost at(const std::string& host, const std::string& cores = "11", double quota = 0) {
  return {host, "boot-of-" + host, cores, quota};
}

TEST(Hosts, CrossAsText) {
  const RankHost back = rank_host_of(to_text(at("node1", "0101", 1.5)));
  EXPECT_EQ(back.host, "node1");
  EXPECT_EQ(back.boot, "boot-of-node1");
  EXPECT_EQ(back.cores, "0101");
  EXPECT_DOUBLE_EQ(back.quota, 1.5);
}

TEST(Hosts, RanksAreCountedByHost) {
  const std::vector<RankHost> ranks{at("a"), at("b"), at("a"), at("b"), at("b")};
  const Hosts seen(ranks, 2);
  EXPECT_EQ(seen.hosts(), 2u);
  EXPECT_EQ(seen.ranks_here(), 2u);
  EXPECT_TRUE(seen.is_same(0));
  EXPECT_FALSE(seen.is_same(1));
  EXPECT_FALSE(seen.is_first_here());
  EXPECT_TRUE(Hosts(ranks, 0).is_first_here());
  EXPECT_TRUE(Hosts(ranks, 1).is_first_here());
}

TEST(Hosts, TwoOfOneNameAreTwo) {
  std::vector<RankHost> ranks{at("localhost"), at("localhost")};
  ranks[1].boot = "another";
  EXPECT_EQ(Hosts(ranks, 0).hosts(), 2u);
}

TEST(Hosts, BoundRanksShareTheUnionOfTheirCores) {
  EXPECT_DOUBLE_EQ(Hosts({at("a", "1"), at("a", "01"), at("b", "1111")}, 0).cores_here(), 2);
  EXPECT_DOUBLE_EQ(Hosts({at("a", "1111"), at("a", "1111")}, 0).cores_here(), 4);
}

TEST(Hosts, TheQuotaBoundsTheCores) {
  EXPECT_DOUBLE_EQ(Hosts({at("a", "1111", 1.5)}, 0).cores_here(), 1.5);
}

TEST(Hosts, ThisOneHasANameAndACore) {
  const RankHost here = this_host();
  EXPECT_FALSE(here.host.empty());
  EXPECT_NE(here.cores.find('1'), std::string::npos);
}

}  // namespace
}  // namespace trunkline::backbone
