#include "lab/hops.h"

#include <gtest/gtest.h>

namespace trunkline::lab {
namespace {

using wire::Stamp;

wire::StampBlock stamped(std::initializer_list<std::pair<Stamp, std::uint32_t>> stamps) {
  wire::StampBlock block;
  block.flags = wire::kSampled;
  for (const auto& [stamp, at] : stamps) {
    block.at[static_cast<unsigned>(stamp)] = at;
    block.present = static_cast<std::uint16_t>(block.present | 1u << static_cast<unsigned>(stamp));
  }
  return block;
}

TEST(Hops, GoFromOneStampToTheNextThatIsThere) {
  const auto hops = hops_of(stamped({{Stamp::client_send, 100},
                                     {Stamp::edge_in, 130},
                                     {Stamp::rank_out, 200},
                                     {Stamp::client_receive, 260}}));
  ASSERT_EQ(hops.size(), 3U);
  EXPECT_EQ(hops[0].nanoseconds, 30);
  EXPECT_EQ(hops[1].from, Stamp::edge_in);
  EXPECT_EQ(hops[1].to, Stamp::rank_out);
  EXPECT_EQ(hops[2].nanoseconds, 60);
}

TEST(Hops, AreRightAcrossAWrapOfTheClock) {
  const auto hops = hops_of(stamped({{Stamp::client_send, 0xffffff00}, {Stamp::edge_in, 0x100}}));
  EXPECT_EQ(hops.at(0).nanoseconds, 0x200);
}

TEST(Hops, AddUpToEndToEnd) {
  HopTable table;
  table.add(stamped({{Stamp::client_send, 0}, {Stamp::edge_in, 10}, {Stamp::client_receive, 50}}));
  table.add(stamped({{Stamp::client_send, 0}, {Stamp::edge_in, 20}, {Stamp::client_receive, 50}}));
  double sum = 0;
  for (const HopTable::Row& row : table.rows()) sum += row.times->mean();
  EXPECT_EQ(table.messages(), 2U);
  EXPECT_DOUBLE_EQ(sum, table.end_to_end().mean());
}

TEST(Hops, OtherPathsAreOtherRows) {
  HopTable table;
  table.add(stamped({{Stamp::rank_in, 0}, {Stamp::rank_out, 10}}));
  table.add(stamped({{Stamp::rank_in, 0}, {Stamp::rank_link, 4}, {Stamp::rank_out, 10}}));
  EXPECT_EQ(table.rows().size(), 3U);
}

}  // namespace
}  // namespace trunkline::lab
