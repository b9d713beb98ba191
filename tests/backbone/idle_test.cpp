#include "backbone/idle.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temporary_directory.h"

namespace trunkline::backbone {
namespace {

HostLoad load(double cores, std::size_t ranks, std::size_t edges, std::size_t writers) {
  return {cores, ranks, edges, writers};
}

void write(const std::string& path, const std::string& text) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path) << text;
}

TEST(Idle, ReadsWhatTheOptionSays) {
  EXPECT_EQ(parse_idle("auto")->mode, IdleMode::automatic);
  EXPECT_EQ(parse_idle("doorbell")->mode, IdleMode::doorbell);
  EXPECT_EQ(parse_idle("nap")->mode, IdleMode::nap);
  EXPECT_EQ(parse_idle("spin:75")->spin_us, 75u);
  for (const char* wrong : {"", "spin", "spin:", "spin:5x", "spin:-1", "sleep"}) {
    EXPECT_FALSE(parse_idle(wrong).has_value()) << wrong;
  }
}

TEST(Idle, AutomaticSleepsAtOnceWhereNoCoreIsToSpare) {
  EXPECT_EQ(idle_policy({}, load(2, 2, 2, 2)).spin_us, 0u);
  EXPECT_EQ(idle_policy({}, load(6, 2, 2, 2)).spin_us, 0u);
  EXPECT_EQ(idle_policy({}, load(1, 1, 0, 0)).spin_us, 0u);
  EXPECT_EQ(idle_policy({}, load(0.5, 1, 0, 0)).spin_us, 0u);
}

TEST(Idle, AutomaticSpinsWhereEveryThreadHasACoreAndOneIsLeft) {
  EXPECT_EQ(idle_policy({}, load(7, 2, 2, 2)).spin_us, kSpinUsAutomatic);
  EXPECT_EQ(idle_policy({}, load(7.5, 2, 2, 2)).spin_us, kSpinUsAutomatic);
}

TEST(Idle, AWishIsNotSecondGuessed) {
  EXPECT_EQ(idle_policy({IdleMode::spin, 50}, load(1, 8, 8, 8)).spin_us, 50u);
  EXPECT_EQ(idle_policy({IdleMode::doorbell, 0}, load(64, 1, 0, 0)).spin_us, 0u);
  const IdlePolicy nap = idle_policy({IdleMode::nap, 0}, load(64, 1, 0, 0));
  EXPECT_EQ(nap.spin_us, 0u);
  EXPECT_EQ(nap.nap_us, kNapUs);
}

TEST(Idle, TheSmallestQuotaOnTheWayUpCounts) {
  const tests::TemporaryDirectory root;
  write(root.path() + "/job/cpu.max", "250000 100000\n");
  write(root.path() + "/job/step/cpu.max", "max 100000\n");
  EXPECT_DOUBLE_EQ(*cgroup_cores("0::/job/step\n", root.path()), 2.5);
  write(root.path() + "/job/step/cpu.max", "50000 100000\n");
  EXPECT_DOUBLE_EQ(*cgroup_cores("0::/job/step\n", root.path()), 0.5);
}

TEST(Idle, WithoutAQuotaThereIsNone) {
  const tests::TemporaryDirectory root;
  write(root.path() + "/cpu.max", "max 100000\n");
  EXPECT_FALSE(cgroup_cores("0::/\n", root.path()).has_value());
  EXPECT_FALSE(cgroup_cores("", root.path()).has_value());
}

TEST(Idle, ReadsTheCpuControllerOfTheOldCgroups) {
  const tests::TemporaryDirectory root;
  write(root.path() + "/cpu/box/cpu.cfs_quota_us", "300000\n");
  write(root.path() + "/cpu/box/cpu.cfs_period_us", "100000\n");
  write(root.path() + "/cpu/cpu.cfs_quota_us", "-1\n");
  write(root.path() + "/cpu/cpu.cfs_period_us", "100000\n");
  const std::string own = "5:memory:/box\n4:cpu,cpuacct:/box\n";
  EXPECT_DOUBLE_EQ(*cgroup_cores(own, root.path()), 3.0);
}

}  // namespace
}  // namespace trunkline::backbone
