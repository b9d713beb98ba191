#include "wire/run_directory.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <system_error>

#include "wire/cluster_file.h"

namespace trunkline::wire {

namespace fs = std::filesystem;

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
  const fs::path link = fs::path(data) / "run";
  if (fs::exists(link) && !fs::is_symlink(fs::symlink_status(link))) {
    throw std::runtime_error(link.string() + " exists and is not a link; move it away");
  }
  // On a shared file system every host links, to the same path: under a name of its own first.
  char host[256] = "";
  ::gethostname(host, sizeof host - 1);
  const fs::path fresh = link.string() + "." + host + "." + std::to_string(::getpid());
  fs::remove(fresh);
  fs::create_directory_symlink(fs::absolute(run_directory), fresh);
  fs::rename(fresh, link);
}

void leave_run_directory(const std::string& data, const std::string& run_directory, bool made) {
  ::unlink((run_directory + "/" + kClusterFileName).c_str());
  if (!made) return;
  std::error_code error;
  const fs::path link = fs::path(data) / "run";
  if (fs::read_symlink(link, error) == fs::absolute(run_directory)) fs::remove(link, error);
  ::rmdir(run_directory.c_str());
}

std::string find_run_directory(const std::string& run_directory, const std::string& data) {
  if (!run_directory.empty()) return run_directory;
  if (!data.empty()) return data + "/run";
  if (const char* given = std::getenv("TRUNKLINE_RUN"); given != nullptr) return given;
  if (fs::exists("trunkline-data/run")) return "trunkline-data/run";
  throw std::runtime_error(
      "which cluster? give --run-dir or --data, or set TRUNKLINE_RUN (trunkline start prints it)");
}

}  // namespace trunkline::wire
