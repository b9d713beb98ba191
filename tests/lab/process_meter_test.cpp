#include "lab/process_meter.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace trunkline::lab {
namespace {

TEST(ProcessMeter, CountsCpuAndSleepsOfAnotherProcess) {
  int to_child[2], from_child[2];
  ASSERT_EQ(::pipe(to_child), 0);
  ASSERT_EQ(::pipe(from_child), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(to_child[1]);
    char byte = 0;
    while (::read(to_child[0], &byte, 1) == 1 && ::write(from_child[1], &byte, 1) == 1) {
    }
    ::_exit(0);
  }
  ::close(to_child[0]);
  const auto ask = [&] {
    char byte = 'x';
    return ::write(to_child[1], &byte, 1) == 1 && ::read(from_child[0], &byte, 1) == 1;
  };
  ASSERT_TRUE(ask());
  ProcessMeter meter({child});
  meter.begin();
  constexpr int kQuestions = 100;
  for (int i = 0; i < kQuestions; ++i) ASSERT_TRUE(ask());
  meter.end();
  const ProcessCost cost = meter.cost();
  EXPECT_TRUE(cost.complete);
  EXPECT_GT(cost.cpu_us, 0);
  EXPECT_GE(cost.sleeps, std::uint64_t{1});
  EXPECT_LE(cost.sleeps, std::uint64_t{kQuestions + 1});

  ::close(to_child[1]);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  meter.end();
  EXPECT_FALSE(meter.cost().complete);
}

TEST(ProcessSize, SeesDescriptorsAndMemory) {
  const auto before = process_size(::getpid());
  ASSERT_TRUE(before.has_value());
  const std::string held(32 * 1024 * 1024, 'x');
  const int more = ::dup(0);
  const auto after = process_size(::getpid());
  ::close(more);
  EXPECT_EQ(after->descriptors, before->descriptors + 1);
  EXPECT_GE(after->rss_bytes, before->rss_bytes + held.size() / 2);
}

TEST(ProcessSize, OfNoProcessIsNothing) {
  EXPECT_EQ(process_size(0x7fffffff), std::nullopt);
}

}  // namespace
}  // namespace trunkline::lab
