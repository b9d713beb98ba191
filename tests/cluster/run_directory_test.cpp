#include "cluster/run_directory.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temporary_directory.h"

namespace trunkline::cluster {
namespace {

namespace fs = std::filesystem;

class RunDirectory : public testing::Test {
 protected:
  tests::TemporaryDirectory temporary_;
  const std::string& directory_ = temporary_.path();
};

TEST_F(RunDirectory, IsMadePrivate) {
  const std::string made = make_run_directory();
  struct stat status {};
  ASSERT_EQ(::stat(made.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
  fs::remove(made);
  use_run_directory(directory_ + "/run");
  ASSERT_EQ(::stat((directory_ + "/run").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
}

TEST_F(RunDirectory, IsRefusedWhenOpenToOthersOrTooLongOrNoDirectory) {
  const std::string open = directory_ + "/open";
  fs::create_directory(open);
  ::chmod(open.c_str(), 0755);
  EXPECT_THROW(use_run_directory(open), std::runtime_error);
  EXPECT_THROW(use_run_directory(directory_ + "/" + std::string(100, 'x')), std::runtime_error);
  std::ofstream(directory_ + "/file") << "x";
  EXPECT_THROW(use_run_directory(directory_ + "/file"), std::runtime_error);
}

TEST_F(RunDirectory, IsFoundByItsData) {
  const std::string run = directory_ + "/here";
  const std::string data = directory_ + "/data";
  use_run_directory(run);
  fs::create_directory(data);
  link_run_directory(data, run);
  link_run_directory(data, run);  // again: the old link gives way
  EXPECT_EQ(fs::canonical(find_run_directory("", data)), fs::canonical(run));
  EXPECT_EQ(find_run_directory("given", data), "given");
  fs::remove(data + "/run");
  std::ofstream(data + "/run") << "precious";
  EXPECT_THROW(link_run_directory(data, run), std::runtime_error);
}

}  // namespace
}  // namespace trunkline::cluster
