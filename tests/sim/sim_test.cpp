// The simulator's program. Without flags, as under ctest: 10,000 seeds, and every planted fault.
//   --seeds N      that many seeds, from --first (default 1)
//   --seed N       one seed, with its trace; --fault NAME plants a fault
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "tests/sim/run.h"

namespace trunkline::sim {
namespace {

struct Options {
  std::uint64_t seeds = 10'000, first = 1, seed = 0;
  wire::Fault fault = wire::Fault::none;
};
Options options;
constexpr std::size_t kTraceLines = 400;

TEST(Simulator, EveryInvariantHoldsOnEverySeed) {
  for (std::uint64_t seed = options.first; seed < options.first + options.seeds; ++seed) {
    const auto violation = run_seed(seed, wire::Fault::none);
    if (!violation) continue;
    FAIL() << explain_seed(seed, wire::Fault::none, kTraceLines);
  }
}

TEST(Simulator, ASeedIsOneRun) {
  const std::string once = explain_seed(7, wire::Fault::none, 100'000);
  EXPECT_EQ(once, explain_seed(7, wire::Fault::none, 100'000));
}

class PlantedFault : public ::testing::TestWithParam<wire::Fault> {};

// Bounded: a checker that needs more seeds than this would not protect anybody.
constexpr std::uint64_t kSeedsToFind = 2'000;

TEST_P(PlantedFault, IsFound) {
  for (std::uint64_t seed = 1; seed <= kSeedsToFind; ++seed) {
    const auto violation = run_seed(seed, GetParam());
    if (!violation) continue;
    RecordProperty("seed", std::to_string(seed));
    RecordProperty("invariant", violation->invariant);
    std::printf("  %-18s seed %-5llu %s: %s\n", std::string(wire::to_string(GetParam())).c_str(),
                static_cast<unsigned long long>(seed), violation->invariant.c_str(),
                violation->what.c_str());
    return;
  }
  FAIL() << wire::to_string(GetParam()) << " was not found in " << kSeedsToFind << " seeds";
}

std::vector<wire::Fault> all_faults() {
  std::vector<wire::Fault> faults;
  for (auto number = 1; number < static_cast<int>(wire::Fault::kCount); ++number) {
    faults.push_back(static_cast<wire::Fault>(number));
  }
  return faults;
}

INSTANTIATE_TEST_SUITE_P(Simulator, PlantedFault, ::testing::ValuesIn(all_faults()),
                         [](const auto& info) { return std::string(wire::to_string(info.param)); });

wire::Fault fault_named(std::string_view name) {
  for (const wire::Fault fault : all_faults()) {
    if (wire::to_string(fault) == name) return fault;
  }
  std::fprintf(stderr, "sim_test: there is no fault of that name; see wire/fault.h\n");
  std::exit(2);
}

Options read_options(int argc, char** argv) {
  Options given;
  for (int n = 1; n + 1 < argc; n += 2) {
    const auto is = [&](const char* name) { return std::strcmp(argv[n], name) == 0; };
    const char* value = argv[n + 1];
    if (is("--seeds")) {
      given.seeds = std::strtoull(value, nullptr, 10);
    } else if (is("--first")) {
      given.first = std::strtoull(value, nullptr, 10);
    } else if (is("--seed")) {
      given.seed = std::strtoull(value, nullptr, 10);
    } else if (is("--fault")) {
      given.fault = fault_named(value);
    } else {
      std::fprintf(stderr, "usage: sim_test [--seeds N] [--first N] | --seed N [--fault NAME]\n");
      std::exit(2);
    }
  }
  return given;
}

}  // namespace
}  // namespace trunkline::sim

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  using namespace trunkline::sim;
  options = read_options(argc, argv);
  if (options.seed == 0) return RUN_ALL_TESTS();
  std::fputs(explain_seed(options.seed, options.fault, 1'000'000).c_str(), stdout);
  return run_seed(options.seed, options.fault) ? 1 : 0;
}
