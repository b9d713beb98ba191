#include "wire/run_directory.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "tests/support/temporary_directory.h"

namespace trunkline::wire {
namespace {

namespace fs = std::filesystem;

mode_t mode_of(const std::string& path) {
  struct stat status {};
  ::stat(path.c_str(), &status);
  return status.st_mode & 0777;
}

class RunDirectory : public testing::Test {
 protected:
  tests::TemporaryDirectory temporary_;
  const std::string& top_ = temporary_.path();
  const std::string data_ = make("data"), run_ = top_ + "/run";

  std::string make(const std::string& name) const {
    fs::create_directory(top_ + "/" + name);
    return top_ + "/" + name;
  }
  // What is said against `path`; empty: nothing.
  static std::string said_against(const std::string& path) {
    try {
      use_run_directory(path);
      return {};
    } catch (const std::runtime_error& why) {
      return why.what();
    }
  }
};

TEST_F(RunDirectory, IsMadePrivate) {
  const std::string made = make_run_directory();
  EXPECT_EQ(mode_of(made), 0700u);
  fs::remove(made);
  use_run_directory(run_);
  EXPECT_EQ(mode_of(run_), 0700u);
  EXPECT_EQ(said_against(run_), "") << "again";
}

TEST_F(RunDirectory, IsRefusedWhenOpenToOthers) {
  use_run_directory(run_);
  for (const mode_t mode : {0701u, 0710u, 0750u, 0755u, 0777u}) {
    ::chmod(run_.c_str(), mode);
    EXPECT_NE(said_against(run_).find("chmod 700"), std::string::npos) << std::oct << mode;
  }
}

TEST_F(RunDirectory, IsRefusedWhenItIsNoDirectoryOrALinkOrTooLong) {
  std::ofstream(top_ + "/file") << "x";
  EXPECT_NE(said_against(top_ + "/file"), "");
  use_run_directory(run_);
  fs::create_directory_symlink(run_, top_ + "/link");
  EXPECT_NE(said_against(top_ + "/link"), "") << "another user may have made it";
  EXPECT_NE(said_against(top_ + "/" + std::string(100, 'x')).find("shorter --run-dir"),
            std::string::npos);
  EXPECT_NE(said_against(top_ + "/nowhere/run"), "");
}

TEST_F(RunDirectory, OfAnotherUserIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a directory away";
  use_run_directory(run_);
  constexpr uid_t kNobody = 65534;
  ASSERT_EQ(::chown(run_.c_str(), kNobody, kNobody), 0);
  EXPECT_NE(said_against(run_).find("belongs to another user"), std::string::npos);
}

TEST_F(RunDirectory, IsFoundByItsData) {
  use_run_directory(run_);
  link_run_directory(data_, run_);
  link_run_directory(data_, run_);  // again: the old link gives way
  EXPECT_EQ(fs::canonical(find_run_directory("", data_)), fs::canonical(run_));
  EXPECT_EQ(find_run_directory("given", data_), "given");
}

TEST_F(RunDirectory, TheLinkMovesOnAndLeavesNothingElse) {
  link_run_directory(data_, make("one"));
  link_run_directory(data_, make("two"));
  EXPECT_EQ(fs::read_symlink(data_ + "/run"), top_ + "/two");
  EXPECT_EQ(std::distance(fs::directory_iterator(data_), fs::directory_iterator()), 1);
}

TEST_F(RunDirectory, WhatIsNoLinkIsLeftAlone) {
  std::ofstream(data_ + "/run") << "precious";
  EXPECT_THROW(link_run_directory(data_, run_), std::runtime_error);
  EXPECT_EQ(tests::content_of(data_ + "/run"), "precious");
}

TEST_F(RunDirectory, AFreshOneGoesWithItsJob) {
  const std::string run = make_run_directory();
  link_run_directory(data_, run);
  leave_run_directory(data_, run, true);
  EXPECT_FALSE(fs::exists(run));
  EXPECT_FALSE(fs::is_symlink(data_ + "/run"));
}

TEST_F(RunDirectory, AGivenOneStaysWithoutItsClusterFile) {
  use_run_directory(run_);
  link_run_directory(data_, run_);
  std::ofstream(run_ + "/cluster.json") << "{}";
  leave_run_directory(data_, run_, false);
  EXPECT_TRUE(fs::exists(run_));
  EXPECT_FALSE(fs::exists(run_ + "/cluster.json"));
  EXPECT_TRUE(fs::is_symlink(data_ + "/run"));
}

TEST_F(RunDirectory, ALinkToTheNextJobIsLeftAlone) {
  const std::string run = make_run_directory();
  link_run_directory(data_, make("next"));
  leave_run_directory(data_, run, true);
  EXPECT_EQ(fs::read_symlink(data_ + "/run"), top_ + "/next");
}

}  // namespace
}  // namespace trunkline::wire
