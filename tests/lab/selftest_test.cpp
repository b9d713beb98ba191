// What the laboratory shows of itself, as `trunkline-lab selftest` does.
#include "lab/selftest.h"

#include <gtest/gtest.h>

namespace trunkline::lab {
namespace {

void expect_passed(const SelfTest& test) {
  std::printf("    %s\n", test.text.c_str());
  EXPECT_TRUE(test.passed) << test.text;
}

TEST(SelfTest, TheTruthIsInsideTheBoundOfClocks) {
  expect_passed(selftest_clock(100'000));
}

TEST(SelfTest, PercentilesAreThoseOfTheSortedValues) {
  expect_passed(selftest_hdr(1'000'000));
}

TEST(SelfTest, ComparisonsOfLikeLaunchesAreSilent) {
  expect_passed(selftest_aa(200));
}

}  // namespace
}  // namespace trunkline::lab
