// Runs the tests of this program as processes of their own, several at once: tests that mostly wait
// take no longer together than the longest of them.
#pragma once

namespace trunkline::tests {

// REQUIRES: testing::InitGoogleTest() was called. Prints what each test printed when it is over,
// and at last GoogleTest's own counts. Returns the exit status: 0 when all have passed.
int run_side_by_side(unsigned at_once);

}  // namespace trunkline::tests
