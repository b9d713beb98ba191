// operations_test: all its tests side by side, since they mostly wait. A filter runs some of them
// as any GoogleTest program does.
#include <gtest/gtest.h>

#include "tests/cluster/side_by_side.h"

int main(int argc, char** argv) {
  constexpr unsigned kAtOnce = 4;
  testing::InitGoogleTest(&argc, argv);
  const bool all = testing::GTEST_FLAG(filter) == "*" && !testing::GTEST_FLAG(list_tests);
  return all ? trunkline::tests::run_side_by_side(kAtOnce) : RUN_ALL_TESTS();
}
