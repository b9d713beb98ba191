#include "lab/schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>
#include <vector>

namespace trunkline::lab {
namespace {

constexpr std::int64_t kLengthNs = 2'000'000'000;

std::vector<std::tuple<std::int64_t, std::size_t>> all_of(const std::string& arrivals,
                                                          const std::string& matrix, Share share) {
  constexpr std::uint64_t kSeed = 3;
  const Traffic traffic(make_traffic_matrix(matrix, 3, kSeed), 12, kSeed);
  Schedule schedule(arrivals, 1'000, kSeed, traffic, share, kLengthNs);
  std::vector<std::tuple<std::int64_t, std::size_t>> messages;
  for (;;) {
    const Schedule::Message message = schedule.next();
    if (message.due_ns == Arrivals::kNever) return messages;
    messages.emplace_back(message.due_ns, message.pair);
  }
}

TEST(ScheduleTest, SharesTogetherAreExactlyTheWhole) {
  for (const char* arrivals : {"const", "poisson", "burst:20,0.2"}) {
    for (const char* matrix : {"uniform", "zipf:1", "hotspot:0.5", "perm"}) {
      const auto whole = all_of(arrivals, matrix, {});
      ASSERT_GT(whole.size(), 500U);
      std::vector<std::tuple<std::int64_t, std::size_t>> together;
      for (std::size_t index = 0; index < 3; ++index) {
        const auto share = all_of(arrivals, matrix, {index, 3});
        EXPECT_TRUE(std::is_sorted(share.begin(), share.end()));
        for (const auto& [_, pair] : share) EXPECT_EQ(pair % 3, index);
        together.insert(together.end(), share.begin(), share.end());
      }
      auto sorted = whole;
      std::ranges::sort(sorted);
      std::ranges::sort(together);
      EXPECT_EQ(together, sorted) << arrivals << " " << matrix;
    }
  }
}

TEST(ScheduleTest, EndsInTime) {
  for (const auto& [due_ns, _] : all_of("const", "uniform", {})) EXPECT_LT(due_ns, kLengthNs);
  EXPECT_EQ(all_of("const", "uniform", {}).size(), 2'000U);
  EXPECT_TRUE(all_of("const", "uniform", {99, 100}).empty()) << "no pair is its own";
}

}  // namespace
}  // namespace trunkline::lab
