#include "lab/overhead.h"

#include <gtest/gtest.h>

namespace trunkline::lab {
namespace {

// Launches that differ much, and within each: off, pad, 1:64, all, postcards, half; and of the last
// those that were traced and padded.
std::vector<LaunchMedians> launches(double usual_shift, double traced_shift = 0) {
  std::vector<LaunchMedians> all;
  for (int i = 0; i < 10; ++i) {
    const double level = 300 + 20.0 * i, noise = i % 2 == 0 ? 0.4 : -0.3;
    all.push_back(
        {{level - 2, level, level + usual_shift + noise, level + 5 + noise, level + 3, level + 2},
         level + traced_shift + noise / 2,
         level});
  }
  return all;
}

TEST(Overhead, IsSeenWithinLaunchesThatDifferMore) {
  EXPECT_TRUE(tracing_cannot_be_told(launches(0)));
  EXPECT_FALSE(tracing_cannot_be_told(launches(1)));
  EXPECT_FALSE(tracing_cannot_be_told({}));
  const std::string text = overhead_text(launches(0));
  EXPECT_NE(text.find("1:64 cannot be told from pad"), std::string::npos) << text;
  EXPECT_NE(text.find("all                  395.0     +5.05  [+4.70, +5.40]"), std::string::npos)
      << text;
}

TEST(Overhead, OfMessagesThatDrewASmallerShiftIsSeen) {
  EXPECT_TRUE(traced_messages_cannot_be_told(launches(0)));
  EXPECT_FALSE(traced_messages_cannot_be_told(launches(0, 0.5)));
  EXPECT_FALSE(traced_messages_cannot_be_told({}));
  const std::string text = overhead_text(launches(0, 0.5));
  EXPECT_NE(text.find("drawn                390.0     +0.53  [+0.35, +0.70]"), std::string::npos)
      << text;
}

TEST(Overhead, IsTheSameLoadSixTimes) {
  Cell cell;
  cell.body_bytes = 100;
  const auto cells = overhead_cells(cell);
  ASSERT_EQ(cells.size(), 6U);
  EXPECT_EQ(cells[1].trace, "pad");
  EXPECT_EQ(cells[3].body_bytes, 100U);
  EXPECT_EQ(cells[4].trace_mode, TraceMode::postcard);
  EXPECT_EQ(cells[5].trace, "1:2");
}

}  // namespace
}  // namespace trunkline::lab
