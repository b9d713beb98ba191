#include "persistence/directories.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace trunkline::persistence {

void refuse_path(const std::string& path, const std::string& why) {
  throw std::runtime_error(path + ": " + why);
}

std::string why_not(int error, const char* what) {
  const std::string reason = std::string(what) + ": " + std::strerror(error);
  if (error != EACCES && error != EPERM) return reason;
  return reason + "; give it to user " + std::to_string(geteuid()) + " (chown), mode 0700";
}

void sync_directory(const std::string& path) {
  const int directory = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const int result = directory < 0 ? -1 : fsync(directory);
  const int error = errno;
  if (directory >= 0) close(directory);
  if (result != 0) refuse_path(path, why_not(error, "cannot sync it"));
}

void make_directories(const std::string& path) {
  for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string part = path.substr(0, slash);
    if (mkdir(part.c_str(), 0700) == 0) {
      sync_directory(part + "/..");
    } else if (errno != EEXIST) {
      refuse_path(part, why_not(errno, "cannot make the data directory"));
    }
    if (slash == std::string::npos) return;
  }
}

DirectoryLock::DirectoryLock(const std::string& directory, const char* name, const char* instead) {
  const std::string path = directory + "/" + name;
  file_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file_ < 0) refuse_path(directory, why_not(errno, "cannot write in it"));
  char text[32] = {};
  if (flock(file_, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    const ssize_t size = pread(file_, text, sizeof text - 1, 0);
    close(file_);
    if (error != EWOULDBLOCK) refuse_path(directory, why_not(error, "cannot lock it"));
    const std::string pid = size > 0 ? std::string(text, std::strcspn(text, "\n")) : "unknown";
    refuse_path(directory, "is in use by process " + pid + "; stop that one first" + instead);
  }
  const std::string pid = std::to_string(getpid()) + "\n";
  if (ftruncate(file_, 0) != 0 ||
      pwrite(file_, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
    const int error = errno;
    close(file_);
    refuse_path(directory, why_not(error, "cannot write its lock"));
  }
}

DirectoryLock::~DirectoryLock() {
  close(file_);
}

}  // namespace trunkline::persistence
