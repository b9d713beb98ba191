// Files that are there whole or not at all: written under another name, then renamed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace trunkline::lab {

// All that it holds; absent: it cannot be read.
std::optional<std::string> read_whole(const std::string& path);
// Throws std::runtime_error that names the file.
void write_whole(const std::string& path, std::string_view content);

// In hexadecimal, of what the file holds. Throws std::runtime_error that names the file.
std::string sha256_of_file(const std::string& path);

}  // namespace trunkline::lab
