#include "persistence/data_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <utility>

namespace trunkline::persistence {

namespace {

struct Foreign {
  std::uint64_t type;
  const char* name;
};
// From statfs(2) and the kernel's magic.h; what crosses hosts, or is served by another process.
constexpr Foreign kForeign[] = {
    {0x6969, "NFS"},
    {0x517b, "SMB"},
    {0xff534d42, "CIFS"},
    {0xfe534d42, "SMB2"},
    {0x0bd00bd0, "Lustre"},
    {0x47504653, "GPFS"},
    {0x01021997, "9P"},
    {0x00c36400, "Ceph"},
    {0x65735546, "FUSE (sshfs, virtiofs and the like)"},
    {0x5346414f, "AFS"},
    {0x6b414653, "AFS"},
    {0x73757245, "Coda"},
    {0x564c, "NCP"},
    {0x7461636f, "OCFS2"},
    {0x01161970, "GFS2"},
    {0x19830326, "BeeGFS"},
    {0xaad7aaea, "PanFS"},
    {0x20030528, "OrangeFS"},
    {0x786f4256, "VirtualBox shared folder"},
    {0xbacbacbc, "VMware shared folder"},
};
constexpr std::uint64_t kTmpfs = 0x01021994;
constexpr std::uint64_t kRamfs = 0x858458f6;

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw std::runtime_error(path + ": " + why);
}

std::string why_not(int error, const char* what) {
  const std::string reason = std::string(what) + ": " + std::strerror(error);
  if (error != EACCES && error != EPERM) return reason;
  return reason + "; give it to user " + std::to_string(geteuid()) + " (chown), mode 0700";
}

// Makes the names in a directory durable.
void sync_directory(const std::string& path) {
  const int directory = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const int result = directory < 0 ? -1 : fsync(directory);
  const int error = errno;
  if (directory >= 0) close(directory);
  if (result != 0) refuse(path, why_not(error, "cannot sync it"));
}

void make_directories(const std::string& path) {
  for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string part = path.substr(0, slash);
    if (mkdir(part.c_str(), 0700) == 0) {
      sync_directory(part + "/..");
    } else if (errno != EEXIST) {
      refuse(part, why_not(errno, "cannot make the data directory"));
    }
    if (slash == std::string::npos) return;
  }
}

}  // namespace

std::uint64_t file_system_type(const std::string& path) {
  struct statfs info {};
  if (statfs(path.c_str(), &info) != 0) refuse(path, why_not(errno, "cannot tell its file system"));
  return static_cast<std::uint32_t>(info.f_type);
}

wire::Storage storage_of(std::uint64_t type, const std::string& path) {
  for (const Foreign& foreign : kForeign) {
    if (foreign.type != type) continue;
    refuse(path, std::string("is on ") + foreign.name +
                     ", where acknowledged messages could be lost or corrupt; choose a directory "
                     "on a disk of this host (--data)");
  }
  return type == kTmpfs || type == kRamfs ? wire::Storage::tmpfs : wire::Storage::disk;
}

DataDirectory::DataDirectory(const std::string& path, const FileSystemType& type_of,
                             const std::function<void(const std::string&)>& make)
    : path_(path) {
  make_directories(path);
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) refuse(path, why_not(errno, "cannot look at it"));
  if (!S_ISDIR(info.st_mode)) {
    refuse(path, "is not a directory; choose another one (--data), or move the file away");
  }
  storage_ = storage_of(type_of(path), path);
  lock();
  try {
    make_data_once(make);
  } catch (...) {
    close(lock_);
    throw;
  }
}

DataDirectory::~DataDirectory() {
  if (lock_ >= 0) close(lock_);
}

void DataDirectory::make_data_once(const std::function<void(const std::string&)>& make) {
  const std::string made = file("data");
  const std::string making = file("data.new");
  if (std::filesystem::exists(made)) return;
  std::filesystem::remove_all(making);
  make_directories(making);
  make(making);
  sync_directory(making);
  if (rename(making.c_str(), made.c_str()) != 0) refuse(made, why_not(errno, "cannot make it"));
  sync_directory(path_);
}

void DataDirectory::lock() {
  const std::string name = file("lock");
  lock_ = open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock_ < 0) refuse(path_, why_not(errno, "cannot write in it"));
  char text[32] = {};
  if (flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    const ssize_t size = pread(lock_, text, sizeof text - 1, 0);
    close(std::exchange(lock_, -1));
    if (error != EWOULDBLOCK) refuse(path_, why_not(error, "cannot lock it"));
    const std::string pid = size > 0 ? std::string(text, std::strcspn(text, "\n")) : "unknown";
    refuse(path_, "is in use by process " + pid +
                      "; stop that one first, or give this one another directory (--data)");
  }
  const std::string pid = std::to_string(getpid()) + "\n";
  if (ftruncate(lock_, 0) != 0 ||
      pwrite(lock_, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
    const int error = errno;
    close(std::exchange(lock_, -1));
    refuse(path_, why_not(error, "cannot write its lock"));
  }
}

}  // namespace trunkline::persistence
