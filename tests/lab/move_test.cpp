#include "lab/move.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace trunkline::lab {
namespace {

TEST(Move, EveryUrlIsChosenAndNobodyWaitsForLong) {
  std::minstd_rand chance(1);
  std::map<std::string, int> chosen;
  std::map<std::int64_t, int> pauses;
  for (int i = 0; i < 3'000; ++i) {
    const NextEdge next = next_edge("ws://a\nws://b\nws://c", static_cast<std::uint32_t>(chance()));
    ++chosen[next.url];
    ++pauses[next.pause.count() / 100];
  }
  EXPECT_EQ(chosen.size(), 3U);
  for (const auto& [url, count] : chosen) EXPECT_GT(count, 800) << url;
  EXPECT_EQ(pauses.size(), 10U) << "0 to 1 s, in tenths";
  for (const auto& [tenth, count] : pauses) EXPECT_GT(count, 200) << tenth;
}

TEST(Move, ToNowhereIsAPauseOnly) {
  EXPECT_EQ(next_edge("", 7).url, "");
  EXPECT_EQ(next_edge("\n", 7).url, "");
}

}  // namespace
}  // namespace trunkline::lab
