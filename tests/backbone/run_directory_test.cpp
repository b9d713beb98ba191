#include "backbone/run_directory.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temporary_directory.h"

namespace trunkline::backbone {
namespace {

mode_t mode_of(const std::string& path) {
  struct stat status {};
  ::stat(path.c_str(), &status);
  return status.st_mode & 0777;
}

TEST(RunDirectory, AFreshOneIsClosedToOthersAndGoesWithTheJob) {
  const tests::TemporaryDirectory data;
  const std::string run = make_run_directory();
  EXPECT_EQ(mode_of(run), 0700u);
  link_run_directory(data.path(), run);
  EXPECT_EQ(std::filesystem::read_symlink(data.path() + "/run"), run);
  leave_run_directory(data.path(), run, true);
  EXPECT_FALSE(std::filesystem::exists(run));
  EXPECT_FALSE(std::filesystem::is_symlink(data.path() + "/run"));
}

TEST(RunDirectory, AGivenOneStaysWithoutItsClusterFile) {
  const tests::TemporaryDirectory top;
  const std::string run = top.path() + "/run";
  enter_run_directory(run);
  EXPECT_EQ(mode_of(run), 0700u);
  std::ofstream(run + "/cluster.json") << "{}";
  leave_run_directory(top.path(), run, false);
  EXPECT_TRUE(std::filesystem::exists(run));
  EXPECT_FALSE(std::filesystem::exists(run + "/cluster.json"));
}

TEST(RunDirectory, OneInWhichOthersMayWriteIsRefused) {
  const tests::TemporaryDirectory top;
  ::chmod(top.path().c_str(), 0777);
  EXPECT_THROW(enter_run_directory(top.path()), std::runtime_error);
}

TEST(RunDirectory, TheLinkMovesOn) {
  const tests::TemporaryDirectory data, one, two;
  link_run_directory(data.path(), one.path());
  link_run_directory(data.path(), two.path());
  EXPECT_EQ(std::filesystem::read_symlink(data.path() + "/run"), two.path());
}

TEST(RunDirectory, ALinkToTheNextJobIsLeftAlone) {
  const tests::TemporaryDirectory data, next;
  const std::string run = make_run_directory();
  link_run_directory(data.path(), next.path());
  leave_run_directory(data.path(), run, true);
  EXPECT_TRUE(std::filesystem::is_symlink(data.path() + "/run"));
}

}  // namespace
}  // namespace trunkline::backbone
