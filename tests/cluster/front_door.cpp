#include "tests/cluster/front_door.h"

#include <stdio.h>
#include <sys/wait.h>

#include <filesystem>

namespace trunkline::tests {

Outcome run(const std::string& arguments, const std::string& input) {
  return run_shell("printf '%s' '" + input + "' | trunkline " + arguments);
}

Outcome run_shell(const std::string& line) {
  const std::string programs = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  const std::string command = "PATH=" + programs + ":$PATH; { " + line + "; } 2>&1";
  Outcome outcome;
  FILE* pipe = ::popen(command.c_str(), "r");
  char bytes[4096];
  for (std::size_t size; (size = ::fread(bytes, 1, sizeof bytes, pipe)) > 0;) {
    outcome.output.append(bytes, size);
  }
  const int status = ::pclose(pipe);
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return outcome;
}

}  // namespace trunkline::tests
