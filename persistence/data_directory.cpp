#include "persistence/data_directory.h"

#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

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

}  // namespace

std::uint64_t file_system_type(const std::string& path) {
  struct statfs info {};
  if (statfs(path.c_str(), &info) != 0)
    refuse_path(path, why_not(errno, "cannot tell its file system"));
  return static_cast<std::uint32_t>(info.f_type);
}

wire::Storage storage_of(std::uint64_t type, const std::string& path) {
  for (const Foreign& foreign : kForeign) {
    if (foreign.type != type) continue;
    refuse_path(path,
                std::string("is on ") + foreign.name +
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
  if (stat(path.c_str(), &info) != 0) refuse_path(path, why_not(errno, "cannot look at it"));
  if (!S_ISDIR(info.st_mode)) {
    refuse_path(path, "is not a directory; choose another one (--data), or move the file away");
  }
  if (info.st_uid != geteuid()) {
    refuse_path(path, "belongs to user " + std::to_string(info.st_uid) + "; give it to user " +
                          std::to_string(geteuid()) + " (chown), or choose another one (--data)");
  }
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    refuse_path(path, "can be written by other users; chmod 700 it, once nothing in it is theirs");
  }
  storage_ = storage_of(type_of(path), path);
  lock_.emplace(path, kDataLock, ", or give this one another directory (--data)");
  make_data_once(make);
}

void DataDirectory::make_data_once(const std::function<void(const std::string&)>& make) {
  const std::string made = file("data");
  const std::string making = file("data.new");
  if (std::filesystem::exists(made)) return;
  std::filesystem::remove_all(making);
  make_directories(making);
  make(making);
  sync_directory(making);
  if (rename(making.c_str(), made.c_str()) != 0)
    refuse_path(made, why_not(errno, "cannot make it"));
  sync_directory(path_);
}

}  // namespace trunkline::persistence
