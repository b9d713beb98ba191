// The name of a row of a table as GoogleTest takes it: GROUP_INDEX_WORDS_OF_THE_NAME.
#pragma once

#include <cctype>
#include <string>

namespace trunkline::tests {

inline std::string test_name(const std::string& group, std::size_t index, const std::string& row) {
  std::string name = group + "_" + std::to_string(index) + "_";
  for (const char letter : row) {
    if (std::isalnum(static_cast<unsigned char>(letter)) != 0) {
      name.push_back(letter);
    } else if (name.back() != '_') {
      name.push_back('_');
    }
  }
  return name;
}

}  // namespace trunkline::tests
