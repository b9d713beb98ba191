#include "tests/sim/scale.h"

#include <gtest/gtest.h>
#include <malloc.h>

namespace trunkline::sim {
namespace {

// With N ranks a hop leaves its rank with the chance 1 - 1/N: what it costs tends to a bound and
// does not pass it.
constexpr double kRoom = 1.05;

TEST(Scale, NothingPerLoginOrMessageGrowsWithTheRanks) {
  for (const routing::Routes routes : {routing::Routes::home, routing::Routes::hint}) {
    const Scale small = measure_scale(32, 8, 2, routes);
    const Scale large = measure_scale(256, 8, 2, routes);
    EXPECT_LE(large.login.frames(), small.login.frames() * kRoom);
    EXPECT_LE(large.stored.frames(), small.stored.frames() * kRoom);
    EXPECT_LE(large.direct.frames(), small.direct.frames() * kRoom);
    EXPECT_LE(large.state_bytes_per_rank, small.state_bytes_per_rank * kRoom);
  }
}

TEST(Scale, APeerCostsARankAtMostHalfAKiB) {
  for (const std::size_t ranks : {2, 64, 256}) {
    EXPECT_LE(measure_scale(ranks, 4, 2, routing::Routes::hint).bytes_per_peer, 512u);
  }
}

// What the router says of itself, checked against the heap (which sanitizers replace: then 0).
TEST(Scale, APeerReallyCostsThat) {
  const auto heap = [] { return mallinfo2().uordblks + mallinfo2().hblkhd; };
  const auto heap_of_a_router = [&heap](std::size_t ranks) {
    routing::RouterConfig config;
    config.epoch = 1;
    config.same_host.assign(ranks, true);
    const std::size_t before = heap();
    const routing::Router router(config, wire::SlotMap::fresh(ranks, 1), {});
    return heap() - before;
  };
  EXPECT_LE(heap_of_a_router(1024) - heap_of_a_router(512), 512u * 512u);
}

TEST(Scale, UsersAndTheirFramesSpreadOverTheRanks) {
  const Scale scale = measure_scale(64, 32, 2, routing::Routes::hint);
  EXPECT_LT(scale.users_spread, 2);
  EXPECT_LT(scale.frames_spread, 2);
}

}  // namespace
}  // namespace trunkline::sim
