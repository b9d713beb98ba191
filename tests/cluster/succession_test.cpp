#include "cluster/succession.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "cluster/events.h"
#include "cluster/process.h"
#include "tests/support/temporary_directory.h"

namespace trunkline::cluster {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

class Succession : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directory(run());
    fs::create_directory_symlink(run(), directory_ + "/run");
    events_.emplace(directory_);
  }

  std::string run() const { return directory_ + "/here"; }
  // A process with this argument, that does nothing: nobody writes to what it reads.
  Process idler(const std::string& argument) const {
    const std::string pipe = directory_ + "/pipe";
    ::mkfifo(pipe.c_str(), 0600);
    return Process(Spawn{
        .arguments = {"sh", "-c", "read x < $0", pipe, argument}, .environment = {}, .log = {}});
  }
  void record(const Process& mpirun) const {
    std::ofstream(run() + "/supervisor.json") << "{\"mpirun_pid\": " << mpirun.pid() << "}";
  }

  tests::TemporaryDirectory temporary_;
  const std::string& directory_ = temporary_.path();
  std::optional<Events> events_;
};

TEST_F(Succession, TwoSupervisorsOfOneDataAreNotThere) {
  std::optional<Claim> first(std::in_place, directory_);
  try {
    Claim second(directory_);
    FAIL() << "both have it";
  } catch (const std::runtime_error& problem) {
    EXPECT_NE(std::string(problem.what()).find("process " + std::to_string(::getpid()) + ";"),
              std::string::npos)
        << problem.what();
  }
  first.reset();
  Claim third(directory_);
}

TEST_F(Succession, WhatAKilledOneLeftIsEnded) {
  Process left = idler(run());
  record(left);
  EXPECT_NE(end_what_was_left(directory_).find("mpirun (pid " + std::to_string(left.pid()) + ")"),
            std::string::npos);
  EXPECT_TRUE(events_->wait_until([&] { return left.ended(); }, 10s));
  EXPECT_EQ(left.killed_by(), SIGKILL);
  EXPECT_EQ(end_what_was_left(directory_), "") << "once";
}

TEST_F(Succession, AStrangerWithItsNumberIsLeftAlone) {
  Process stranger = idler("/somewhere/else");
  record(stranger);
  EXPECT_EQ(end_what_was_left(directory_), "");
  EXPECT_FALSE(stranger.ended());
  stranger.signal(SIGKILL);
  EXPECT_TRUE(events_->wait_until([&] { return stranger.ended(); }, 10s));
}

TEST_F(Succession, NothingIsLeftWhereNobodyWasOrTheRecordIsBroken) {
  EXPECT_EQ(end_what_was_left(directory_), "");
  for (const char* broken : {"", "{", "[]", "{\"mpirun_pid\": \"x\", \"edges\": [1, {}]}"}) {
    std::ofstream(run() + "/supervisor.json") << broken;
    EXPECT_EQ(end_what_was_left(directory_), "") << broken;
  }
  EXPECT_EQ(end_what_was_left(directory_ + "/nowhere"), "");
}

}  // namespace
}  // namespace trunkline::cluster
