#include "lab/programs.h"

#include <algorithm>
#include <filesystem>
#include <sstream>

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

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

}  // namespace trunkline::lab
