#include "backbone/leaving.h"

#include <gtest/gtest.h>

namespace trunkline::backbone {
namespace {

Leaving::Facts at(std::int64_t now_us) {
  Leaving::Facts facts;
  facts.now_us = now_us;
  return facts;
}

TEST(Leaving, ServesUntilItIsAsked) {
  Leaving leaving;
  EXPECT_EQ(leaving.step(at(1)), LeavingDeed::none);
  EXPECT_FALSE(leaving.asked());
  EXPECT_FALSE(leaving.overdue(1'000'000'000));
}

TEST(Leaving, EveryStepWaitsForAllRanks) {
  Leaving leaving;
  EXPECT_EQ(leaving.ask(0, 100, 1'000), LeavingDeed::drain_edges);
  Leaving::Facts facts = at(1);
  EXPECT_EQ(leaving.step(facts), LeavingDeed::none);
  facts.edges_drained = true;
  EXPECT_EQ(leaving.step(facts), LeavingDeed::begin_barrier);
  EXPECT_EQ(leaving.step(facts), LeavingDeed::none);
  facts.barrier_done = true;
  EXPECT_EQ(leaving.step(facts), LeavingDeed::stop_router);
  facts.barrier_done = false;
  EXPECT_EQ(leaving.step(facts), LeavingDeed::none);
  facts.router_quiet = true;
  EXPECT_EQ(leaving.step(facts), LeavingDeed::begin_barrier);
  EXPECT_EQ(leaving.step(facts), LeavingDeed::none);
  facts.barrier_done = true;
  EXPECT_EQ(leaving.step(facts), LeavingDeed::fall_silent);
  facts.barrier_done = false;
  EXPECT_EQ(leaving.step(facts), LeavingDeed::none);
  facts.sends_complete = true;
  EXPECT_EQ(leaving.step(facts), LeavingDeed::begin_barrier);
  EXPECT_EQ(leaving.step(facts), LeavingDeed::none);
  facts.barrier_done = true;
  leaving.step(facts);
  EXPECT_EQ(leaving.state(), LeavingState::gone);
}

TEST(Leaving, EdgesThatDoNotDrainAreCut) {
  Leaving leaving;
  leaving.ask(0, 100, 1'000);
  EXPECT_EQ(leaving.step(at(99)), LeavingDeed::none);
  EXPECT_EQ(leaving.step(at(100)), LeavingDeed::begin_barrier);
}

TEST(Leaving, AskedAgainInAHurryTheEarlierEndCounts) {
  Leaving leaving;
  leaving.ask(0, 5'000, 9'000);
  EXPECT_EQ(leaving.ask(1'000, 200, 700), LeavingDeed::none);
  EXPECT_EQ(leaving.step(at(1'200)), LeavingDeed::begin_barrier);
  EXPECT_FALSE(leaving.overdue(1'699));
  EXPECT_TRUE(leaving.overdue(1'700));
}

}  // namespace
}  // namespace trunkline::backbone
