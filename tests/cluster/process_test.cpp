#include "cluster/process.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>

#include "cluster/events.h"
#include "tests/support/temporary_directory.h"

namespace trunkline::cluster {
namespace {

using namespace std::chrono_literals;

class ProcessTest : public testing::Test {
 protected:
  tests::TemporaryDirectory temporary_;
  const std::string& directory_ = temporary_.path();
};

TEST_F(ProcessTest, TellsHowAChildEnded) {
  Events events(directory_);
  Process child(Spawn{.arguments = {"sh", "-c", "exit 3"}, .environment = {}, .log = {}});
  EXPECT_TRUE(events.wait_until([&] { return child.ended(); }, 10s));
  EXPECT_EQ(child.exit_status(), 3);
  EXPECT_EQ(child.killed_by(), 0);
  Process other(Spawn{.arguments = {"sleep", "1000"}, .environment = {}, .log = {}});
  EXPECT_TRUE(is_program(other.pid(), "sleep") || is_program(other.pid(), "coreutils"));
  other.signal(SIGKILL);
  EXPECT_TRUE(events.wait_until([&] { return other.ended(); }, 10s));
  EXPECT_EQ(other.exit_status(), 128 + SIGKILL);
  EXPECT_EQ(other.killed_by(), SIGKILL);
}

TEST_F(ProcessTest, IsFoundByProgramAndArguments) {
  Events events(directory_);
  Process child(Spawn{.arguments = {"sleep", "1000", "1001"}, .environment = {}, .log = {}});
  EXPECT_TRUE(has_argument(child.pid(), "1001"));
  EXPECT_FALSE(has_argument(child.pid(), "100")) << "a part is not the whole";
  const auto found = processes_of("", {"1000", "1001"});
  EXPECT_NE(std::find(found.begin(), found.end(), child.pid()), found.end());
  const auto others = processes_of("nosuchprogram", {"1000"});
  EXPECT_EQ(std::find(others.begin(), others.end(), child.pid()), others.end());
  child.signal(SIGKILL);
  EXPECT_TRUE(events.wait_until([&] { return child.ended(); }, 10s));
  EXPECT_FALSE(is_program(child.pid(), ""));
}

TEST_F(ProcessTest, SaysWhenAProgramCannotBeStarted) {
  EXPECT_THROW(Process(Spawn{.arguments = {"/nonexistent/program"}, .environment = {}, .log = {}}),
               std::system_error);
}

TEST_F(ProcessTest, GivesTheLinesThatAChildPrints) {
  Events events(directory_);
  std::vector<std::string> lines;
  const int output = events.line_pipe([&](std::string_view line) { lines.emplace_back(line); });
  Process child(Spawn{.arguments = {"sh", "-c", "echo $GREETING; echo two"},
                      .environment = {"GREETING=one"},
                      .output = output,
                      .log = {}});
  ::close(output);
  EXPECT_TRUE(events.wait_until([&] { return lines.size() == 2; }, 10s));
  EXPECT_EQ(lines, (std::vector<std::string>{"one", "two"}));
  EXPECT_TRUE(events.wait_until([&] { return child.ended(); }, 10s));
}

}  // namespace
}  // namespace trunkline::cluster
