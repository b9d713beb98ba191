// A directory that goes with the test; it stays when TRUNKLINE_KEEP is set.
#pragma once

#include <string>

namespace trunkline::tests {

// Where directories live in memory, as far as there is room (1 GiB); else where all others do. For
// tests that write and read thousands of them.
std::string in_memory();

class TemporaryDirectory {
 public:
  TemporaryDirectory();
  explicit TemporaryDirectory(const std::string& below);
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// All bytes of a file; empty where there is none.
std::string content_of(const std::string& path);

}  // namespace trunkline::tests
