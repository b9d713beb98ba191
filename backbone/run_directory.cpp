#include "backbone/run_directory.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <system_error>

#include "wire/cluster_file.h"

namespace trunkline::backbone {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(what + ": " + std::generic_category().message(errno));
}

}  // namespace

std::string make_run_directory() {
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  std::string path = (runtime != nullptr && ::access(runtime, W_OK) == 0 ? runtime : "/tmp") +
                     std::string("/trunkline-XXXXXX");
  if (::mkdtemp(path.data()) == nullptr) fail("cannot make " + path);
  return path;
}

void enter_run_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) fail("cannot make " + path);
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) fail("cannot use " + path);
  if (!S_ISDIR(status.st_mode)) throw std::runtime_error(path + " is not a directory");
  if (status.st_uid != ::geteuid() || (status.st_mode & 022) != 0) {
    throw std::runtime_error("others may write in " + path +
                             ": chmod 700 it, or choose another --run-dir");
  }
}

void link_run_directory(const std::string& data, const std::string& run_directory) {
  const std::string link = data + "/run";
  // On a shared file system every host links, to the same path: under a name of its own first.
  char host[256] = "";
  ::gethostname(host, sizeof host - 1);
  const std::string fresh = link + "." + host + "." + std::to_string(::getpid());
  ::unlink(fresh.c_str());
  const std::string target = std::filesystem::absolute(run_directory).string();
  if (::symlink(target.c_str(), fresh.c_str()) != 0 || ::rename(fresh.c_str(), link.c_str()) != 0) {
    fail("cannot link " + link + " to the run directory");
  }
}

void leave_run_directory(const std::string& data, const std::string& run_directory, bool made) {
  ::unlink((run_directory + "/" + wire::kClusterFileName).c_str());
  std::error_code error;
  const std::filesystem::path link = data + "/run";
  if (!made) return;
  if (std::filesystem::read_symlink(link, error) == std::filesystem::absolute(run_directory)) {
    std::filesystem::remove(link, error);
  }
  ::rmdir(run_directory.c_str());
}

}  // namespace trunkline::backbone
