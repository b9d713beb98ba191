#include "tests/cluster/side_by_side.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <string>
#include <vector>

#include "cluster/events.h"
#include "cluster/process.h"
#include "tests/support/signals.h"
#include "tests/support/temporary_directory.h"

namespace trunkline::tests {
namespace {

using Clock = std::chrono::steady_clock;

std::vector<std::string> names_of_tests() {
  std::vector<std::string> names;
  const testing::UnitTest& all = *testing::UnitTest::GetInstance();
  for (int at = 0; at < all.total_test_suite_count(); ++at) {
    const testing::TestSuite& suite = *all.GetTestSuite(at);
    for (int index = 0; index < suite.total_test_count(); ++index) {
      names.push_back(std::string(suite.name()) + "." + suite.GetTestInfo(index)->name());
    }
  }
  return names;
}

struct Running {
  std::string name, output;
  Clock::time_point begin;
  cluster::Process process;
};

Running start(const std::string& name, const std::string& output) {
  cluster::Spawn spawn;
  spawn.arguments = {std::filesystem::read_symlink("/proc/self/exe"), "--gtest_filter=" + name,
                     "--gtest_brief=1"};
  spawn.log = output;
  return {name, output, Clock::now(), cluster::Process(spawn)};
}

// What it printed; true when it has passed.
bool report(const Running& one) {
  const double seconds = std::chrono::duration<double>(Clock::now() - one.begin).count();
  const bool passed = one.process.exit_status() == 0;
  std::printf("---- %s: %s after %.0f s\n%s", one.name.c_str(), passed ? "passed" : "FAILED",
              seconds, content_of(one.output).c_str());
  std::fflush(stdout);
  return passed;
}

}  // namespace

int run_side_by_side(unsigned at_once) {
  const TemporaryDirectory directory;
  cluster::Events events(directory.path());
  die_of_signals();
  const std::vector<std::string> names = names_of_tests();
  std::vector<Running> running;
  std::size_t started = 0, passed = 0, failed = 0;
  while (passed + failed < names.size()) {
    while (running.size() < at_once && started < names.size()) {
      running.push_back(start(names[started], directory.path() + "/" + std::to_string(started)));
      ++started;
    }
    events.wait(std::chrono::seconds(1));
    std::erase_if(running, [&](Running& one) {
      if (!one.process.ended()) return false;
      ++(report(one) ? passed : failed);
      return true;
    });
  }
  std::printf("[  PASSED  ] %zu tests.\n", passed);
  if (failed > 0) std::printf("[  FAILED  ] %zu tests\n", failed);
  return failed == 0 ? 0 : 1;
}

}  // namespace trunkline::tests
