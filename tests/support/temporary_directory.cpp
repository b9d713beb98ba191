#include "tests/support/temporary_directory.h"

#include <sys/statvfs.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace trunkline::tests {

std::string in_memory() {
  constexpr const char* kMemory = "/dev/shm";
  struct statvfs info {};
  const bool room =
      statvfs(kMemory, &info) == 0 && info.f_bavail * info.f_frsize > (std::uint64_t{1} << 30);
  return room ? kMemory : std::filesystem::temp_directory_path().string();
}

TemporaryDirectory::TemporaryDirectory()
    : TemporaryDirectory(std::filesystem::temp_directory_path().string()) {}

TemporaryDirectory::TemporaryDirectory(const std::string& below)
    : path_(below + "/trunkline-test-XXXXXX") {
  if (::mkdtemp(path_.data()) == nullptr) {
    throw std::runtime_error("cannot make the directory " + path_);
  }
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  if (std::getenv("TRUNKLINE_KEEP") == nullptr) std::filesystem::remove_all(path_, ignored);
}

std::string content_of(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

}  // namespace trunkline::tests
