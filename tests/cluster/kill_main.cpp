// kill_test: all its tests side by side, once. With TRUNKLINE_KILL_ROUNDS=N every fault comes N
// times, one test after the other, so that the seconds in the tables mean something. A filter runs
// some of them as any GoogleTest program does.
#include <gtest/gtest.h>

#include "tests/cluster/fault_table.h"
#include "tests/cluster/side_by_side.h"

int main(int argc, char** argv) {
  constexpr unsigned kAtOnce = 4;
  testing::InitGoogleTest(&argc, argv);
  const bool all = testing::GTEST_FLAG(filter) == "*" && !testing::GTEST_FLAG(list_tests);
  if (all && trunkline::tests::kill_rounds() == 1) {
    return trunkline::tests::run_side_by_side(kAtOnce);
  }
  return RUN_ALL_TESTS();
}
