#include "cluster/run_directory.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <system_error>

namespace trunkline::cluster {
namespace {

std::string base_directory() {
  for (const char* name : {"XDG_RUNTIME_DIR", "TMPDIR"}) {
    const char* value = std::getenv(name);
    // A TMPDIR of a batch system can be too long for a socket's path: then /tmp.
    if (value != nullptr && *value != '\0' &&
        std::string(value).size() + 20 < kRunDirectoryBytesMax &&
        ::access(value, W_OK | X_OK) == 0) {
      return value;
    }
  }
  return "/tmp";
}

}  // namespace

std::string make_run_directory() {
  std::string path = base_directory() + "/trunkline-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) {
    throw std::system_error(errno, std::generic_category(), "cannot make a run directory " + path);
  }
  return path;
}

void use_run_directory(const std::string& path) {
  if (path.size() > kRunDirectoryBytesMax) {
    throw std::runtime_error("run directory " + path + " is longer than " +
                             std::to_string(kRunDirectoryBytesMax) +
                             " bytes: the sockets in it would not fit; give a shorter --run-dir");
  }
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    throw std::system_error(errno, std::generic_category(), "cannot make run directory " + path);
  }
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) {
    throw std::system_error(errno, std::generic_category(), path);
  }
  if (!S_ISDIR(status.st_mode)) throw std::runtime_error(path + " is not a directory");
  if (status.st_uid != ::geteuid()) throw std::runtime_error(path + " belongs to another user");
  if ((status.st_mode & 077) != 0) {
    throw std::runtime_error(path +
                             " is open to other users: chmod 700 it, or give another --run-dir");
  }
}

void link_run_directory(const std::string& data, const std::string& run_directory) {
  namespace fs = std::filesystem;
  const fs::path link = fs::path(data) / "run";
  if (fs::is_symlink(fs::symlink_status(link))) {
    fs::remove(link);
  } else if (fs::exists(link)) {
    throw std::runtime_error(link.string() + " exists and is not a link; move it away");
  }
  fs::create_directory_symlink(fs::absolute(run_directory), link);
}

std::string find_run_directory(const std::string& run_directory, const std::string& data) {
  if (!run_directory.empty()) return run_directory;
  if (!data.empty()) return data + "/run";
  if (const char* given = std::getenv("TRUNKLINE_RUN"); given != nullptr) return given;
  if (std::filesystem::exists("trunkline-data/run")) return "trunkline-data/run";
  throw std::runtime_error(
      "which cluster? give --run-dir or --data, or set TRUNKLINE_RUN (trunkline start prints it)");
}

}  // namespace trunkline::cluster
