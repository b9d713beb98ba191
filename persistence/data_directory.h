// The directory of one rank's data: locked, and looked at before anything in it is opened.
//
// Throws std::runtime_error that says what is wrong and how to mend it, when this is no place for
// data or another process is using it.
#pragma once

#include <functional>
#include <optional>

#include "persistence/directories.h"
#include "wire/ids.h"

namespace trunkline::persistence {

// The type of the file system that holds a path, as statfs(2) gives it. Tests hand in their own.
using FileSystemType = std::function<std::uint64_t(const std::string& path)>;
std::uint64_t file_system_type(const std::string& path);

// What that type means. Throws for file systems that cross hosts or processes of their own (FUSE):
// LMDB maps its files, and no such system keeps a map and a write in step with locks and syncs.
wire::Storage storage_of(std::uint64_t type, const std::string& path);

// The file in it that is locked.
inline constexpr const char* kDataLock = "lock";

class DataDirectory {
 public:
  // Makes the directory, mode 0700, where there is none, and takes its lock for life. Where it
  // holds no data yet, `make(directory)` makes the files: in a directory of another name, which is
  // renamed when they are whole and on the disk, so that a power cut leaves all of them or none.
  DataDirectory(const std::string& path, const FileSystemType& type_of,
                const std::function<void(const std::string& directory)>& make);

  wire::Storage storage() const { return storage_; }
  std::string file(const char* name) const { return path_ + "/" + name; }
  std::string data_file(const char* name) const { return file("data/") + name; }

 private:
  void make_data_once(const std::function<void(const std::string& directory)>& make);

  std::string path_;
  wire::Storage storage_ = wire::Storage::disk;
  std::optional<DirectoryLock> lock_;
};

}  // namespace trunkline::persistence
