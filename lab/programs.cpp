#include "lab/programs.h"

#include <algorithm>
#include <filesystem>

namespace trunkline::lab {

std::string programs_directory() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path();
}

std::vector<std::string> with_defaults(std::vector<std::string> arguments) {
  const auto has = [&](const char* option) {
    return std::ranges::find(arguments, option) != arguments.end();
  };
  if (!has("--port")) arguments.insert(arguments.end(), {"--port", "0"});
  if (!has("--profile")) arguments.insert(arguments.end(), {"--profile", "lab"});
  if (!has("--cert") && !has("--plain")) arguments.push_back("--plain");
  if (!has("--measure-floor")) arguments.push_back("--measure-floor");
  return arguments;
}

}  // namespace trunkline::lab
