#include "tests/cluster/front_door.h"

#include <signal.h>

#include <filesystem>

#include "tests/support/signals.h"

namespace trunkline::tests {
namespace {

using namespace std::chrono_literals;

std::string log_in(const TemporaryDirectory& directory) {
  return directory.path() + "/said";
}

}  // namespace

ShellLine::ShellLine(const std::string& line) : events_(directory_.path()) {
  die_of_signals();
  const std::string programs = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  cluster::Spawn spawn;
  spawn.arguments = {"sh", "-c", "PATH=" + programs + ":$PATH; " + line};
  spawn.log = log_in(directory_);
  process_ = cluster::Process(spawn);
}

ShellLine::~ShellLine() {
  if (!process_.running()) return;
  ::kill(-process_.pid(), SIGKILL);  // all of its group, not the shell alone
  events_.wait_until([this] { return process_.ended(); }, 10s);
}

Outcome ShellLine::outcome() {
  const bool ended = events_.wait_until([this] { return process_.ended(); }, 120s);
  return {ended ? process_.exit_status() : -1, content_of(log_in(directory_))};
}

Outcome run(const std::string& arguments, const std::string& input) {
  return run_shell("printf '%s' '" + input + "' | trunkline " + arguments);
}

Outcome run_shell(const std::string& line) {
  return ShellLine(line).outcome();
}

}  // namespace trunkline::tests
