#include "routing/remembered_ids.h"

#include <gtest/gtest.h>

namespace trunkline::routing {
namespace {

TEST(RememberedIds, KnowsWhatIsQueuedFromWhatIsCommitted) {
  RememberedIds ids(4);
  ids.add(11, 1, 101);
  ids.add(12, 1, 102);
  EXPECT_EQ(ids.find(11)->queued, wire::Op{101});
  ids.committed();
  EXPECT_FALSE(ids.find(11)->queued.has_value());
  EXPECT_EQ(ids.find(12)->queued, wire::Op{102});
  EXPECT_FALSE(ids.find(13).has_value());
}

TEST(RememberedIds, ForgetsTheOldestBeyondItsCapacity) {
  RememberedIds ids(3);
  for (wire::Print print = 1; print <= 5; ++print) ids.add(print, 1, print);
  EXPECT_FALSE(ids.find(1).has_value());
  EXPECT_FALSE(ids.find(2).has_value());
  EXPECT_EQ(ids.find(3)->queued, wire::Op{3});
  EXPECT_EQ(ids.find(5)->queued, wire::Op{5});
}

TEST(RememberedIds, TakesBackTheNewestFirst) {
  RememberedIds ids(3);
  for (wire::Print print = 1; print <= 4; ++print) ids.add(print, 1, print);
  ids.committed();
  ids.committed();
  ids.take_back(true);
  ids.take_back(true);
  EXPECT_FALSE(ids.has_queued());
  EXPECT_TRUE(ids.find(2).has_value());
  EXPECT_FALSE(ids.find(3).has_value());
  EXPECT_FALSE(ids.find(4).has_value());
  ids.add(9, 1, 9);
  EXPECT_EQ(ids.find(9)->queued, wire::Op{9});
  EXPECT_FALSE(ids.find(2)->queued.has_value());
}

TEST(RememberedIds, LoadsTheNewestOfWhatWasStored) {
  RememberedIds ids(2);
  ids.load({{1, 7, 1}, {2, 9, 2}, {3, 8, 3}});
  EXPECT_EQ(ids.known(), 9u);
  EXPECT_FALSE(ids.find(1).has_value());
  EXPECT_FALSE(ids.find(2)->queued.has_value());
  EXPECT_TRUE(ids.find(3).has_value());
}

TEST(RememberedIds, FindsEachOfManyWhereverItLies) {
  RememberedIds ids(1024);
  for (wire::Print print = 1; print <= 3000; ++print)
    ids.add(print * 0x9e3779b97f4a7c15u, 1, print);
  for (wire::Print print = 1; print <= 3000; ++print) {
    EXPECT_EQ(ids.find(print * 0x9e3779b97f4a7c15u).has_value(), print > 3000 - 1024) << print;
  }
}

}  // namespace
}  // namespace trunkline::routing
