#include "lab/traffic.h"

#include <gtest/gtest.h>

#include <map>

namespace trunkline::lab {
namespace {

TEST(Traffic, PairsThatAreGivenSendInTurn) {
  Traffic traffic({{0, 1}, {1, 2}});
  EXPECT_EQ(traffic.next(), 0U);
  EXPECT_EQ(traffic.next(), 1U);
  EXPECT_EQ(traffic.next(), 0U);
}

TEST(Traffic, EachTwoPlacesHaveAPairAndTheOthersGoInProportion) {
  const Traffic traffic(make_traffic_matrix("hotspot:0.7", 3, 1), 30, 1);
  std::map<std::pair<std::size_t, std::size_t>, int> pairs;
  for (const Ends& ends : traffic.pairs()) ++pairs[{ends.from, ends.to}];
  EXPECT_EQ(pairs.size(), 6U);
  EXPECT_GT((pairs[{1, 0}]), (pairs[{1, 2}]));
  EXPECT_EQ(Traffic(make_traffic_matrix("uniform", 4, 1), 1, 1).pairs().size(), 12U);
}

TEST(Traffic, MessagesAreDrawnByTheMatrix) {
  const TrafficMatrix matrix = make_traffic_matrix("hotspot:0.5", 4, 1);
  Traffic traffic(matrix, 5, 7);
  constexpr int kMessages = 100'000;
  std::map<std::pair<std::size_t, std::size_t>, int> messages;
  for (int i = 0; i < kMessages; ++i) {
    const Ends ends = traffic.pairs()[traffic.next()];
    ++messages[{ends.from, ends.to}];
  }
  for (const auto& [places, count] : messages) {
    EXPECT_NEAR(static_cast<double>(count) / kMessages, matrix.part(places.first, places.second),
                0.005);
  }
}

TEST(Traffic, AllToAllGoesInTurn) {
  Traffic traffic(make_traffic_matrix("a2a", 3, 1), 6, 1);
  std::map<std::size_t, int> messages;
  for (int i = 0; i < 60; ++i) ++messages[traffic.next()];
  for (const auto& [pair, count] : messages) EXPECT_EQ(count, 10) << pair;
  EXPECT_EQ(messages.size(), 6U);
}

TEST(Traffic, ASeedIsARun) {
  const TrafficMatrix matrix = make_traffic_matrix("uniform", 5, 1);
  Traffic first(matrix, 20, 3), again(matrix, 20, 3), other(matrix, 20, 4);
  int same = 0;
  for (int i = 0; i < 1'000; ++i) {
    const std::size_t drawn = first.next();
    EXPECT_EQ(drawn, again.next());
    same += drawn == other.next();
  }
  EXPECT_LT(same, 200);
}

}  // namespace
}  // namespace trunkline::lab
