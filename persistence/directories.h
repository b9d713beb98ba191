// Directories, made and synced, and the lock on one. Each throws std::runtime_error that says what
// is wrong and how to mend it.
#pragma once

#include <string>

namespace trunkline::persistence {

[[noreturn]] void refuse_path(const std::string& path, const std::string& why);
// `what`, the reason of errno value `error`, and whose the path must be where it is a matter of
// permission.
std::string why_not(int error, const char* what);

// Makes the names in a directory durable.
void sync_directory(const std::string& path);
// Makes `path` and what is above it, mode 0700, where they are absent; durable.
void make_directories(const std::string& path);

// The right to a directory: a lock on the file NAME in it, for life, which ends with the process,
// however that ends. The file holds the pid for whoever comes next.
class DirectoryLock {
 public:
  // Names the process that has it. `instead`: what to do but to stop that one.
  DirectoryLock(const std::string& directory, const char* name, const char* instead);
  ~DirectoryLock();
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

 private:
  int file_ = -1;
};

}  // namespace trunkline::persistence
