// What the laboratory shows of itself before its numbers are believed: `trunkline-lab selftest`.
// Each says what it did and whether it holds; the tests run the same.
#pragma once

#include <cstdint>
#include <string>

#include "lab/launch.h"

namespace trunkline::lab {

struct SelfTest {
  bool passed = false;
  std::string text;
};

// Clocks with an offset and a drift that are known: the truth inside the bound, always.
SelfTest selftest_clock(unsigned trials);
// Percentiles of a histogram beside those of the sorted values; and its text read back.
SelfTest selftest_hdr(std::uint64_t values);
// Launches drawn from recorded ones (recorded_launches.h): `compare` stays silent about two sixes
// of one kind; and how large a shift must be to be found there in half of all comparisons.
SelfTest selftest_aa(unsigned comparisons);

// A rank is stopped for 2 s while 1,000 messages a second are due: each of those 2,000 is told with
// the time that it waited. `stop` and `go_on` do it.
struct Stall {
  std::function<void()> stop, go_on;
};
SelfTest selftest_co(const Target& target, const Stall& stall);
// The generator against a sink that does nothing: its own ceiling, beside that of the cluster, each
// per core that it takes. Enough: three times.
SelfTest selftest_gen(const Target& target);

}  // namespace trunkline::lab
