// A directory that goes with the test; it stays when TRUNKLINE_KEEP is set.
#pragma once

#include <string>

namespace trunkline::tests {

class TemporaryDirectory {
 public:
  TemporaryDirectory();
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
