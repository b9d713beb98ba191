// Loaded before the C library (LD_PRELOAD): passes every call on, and writes down what happens to
// the files below TRUNKLINE_POWER_DATA, with their bytes, so that a test can rebuild what a disk
// may hold after a power cut at any moment. A write is written down before it happens, a sync when
// it begins and when it has returned. Without a place for traces nothing is written down. Calls
// fail or take long where a test wants it (faults.h).
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <mutex>
#include <string>
#include <vector>

#include "tests/power/faults.h"
#include "tests/power/trace_format.h"

namespace {

using trunkline::power::Call;

using trunkline::power::EntryHeader;
using trunkline::power::EntryKind;

constexpr int kDescriptorsMax = 4'096;

// The next definition of a function: the C library's.
template <class Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

struct Traced {
  std::atomic<std::uint64_t> inode{0};  // 0: not traced
  std::atomic<bool> dsync{false};
};
Traced traced[kDescriptorsMax];

const char* setting(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool is_below_data(const std::string& path) {
  static const std::string data = setting(trunkline::power::kDataVariable);
  return !data.empty() && path.compare(0, data.size(), data) == 0;
}

bool lies() {
  static const bool set = *setting(trunkline::power::kLieVariable) != '\0';
  return set;
}

std::string absolute(const char* path) {
  if (path[0] == '/') return path;
  char here[4'096];
  return getcwd(here, sizeof here) == nullptr ? path : std::string(here) + "/" + path;
}

// One file for each process, opened by the first entry.
int trace_file() {
  static const int file = [] {
    const std::string path = std::string(setting(trunkline::power::kTraceVariable)) + "/" +
                             std::to_string(getpid()) + ".trace";
    return static_cast<int>(syscall(SYS_openat, AT_FDCWD, path.c_str(),
                                    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  }();
  return file;
}

void enter(EntryKind kind, std::uint64_t file, std::uint64_t offset, const std::string& path,
           const iovec* parts = nullptr, int part_count = 0) {
  static std::mutex mutex;
  static const bool wanted = *setting(trunkline::power::kTraceVariable) != '\0';
  if (!wanted) return;
  const int saved_errno = errno;
  EntryHeader header;
  header.kind = kind;
  header.path_bytes = static_cast<std::uint32_t>(path.size());
  header.file = file;
  header.offset = offset;
  std::vector<iovec> all{{&header, sizeof header}, {const_cast<char*>(path.data()), path.size()}};
  for (int at = 0; at < part_count; ++at) {
    header.data_bytes += parts[at].iov_len;
    all.push_back(parts[at]);
  }
  const std::lock_guard lock(mutex);
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  header.time_ns = static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
                   static_cast<std::uint64_t>(now.tv_nsec);
  std::string entry;
  for (const iovec& part : all) entry.append(static_cast<const char*>(part.iov_base), part.iov_len);
  if (syscall(SYS_write, trace_file(), entry.data(), entry.size()) !=
      static_cast<long>(entry.size())) {
    abort();  // a trace with a hole proves nothing
  }
  errno = saved_errno;
}

std::uint64_t inode_of(int fd) {
  return fd >= 0 && fd < kDescriptorsMax ? traced[fd].inode.load() : 0;
}

int opened(int fd, const std::string& path, int flags, bool existed) {
  if (fd < 0 || fd >= kDescriptorsMax || !is_below_data(path)) return fd;
  struct stat info {};
  if (fstat(fd, &info) != 0) return fd;
  if (S_ISDIR(info.st_mode)) enter(EntryKind::directory, info.st_ino, 0, path);
  if (!existed && S_ISREG(info.st_mode)) enter(EntryKind::created, info.st_ino, 0, path);
  traced[fd].dsync = (flags & O_DSYNC) != 0;
  traced[fd].inode = info.st_ino;
  return fd;
}

bool exists(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0;
}

// Calls `write`, with its entries before and after it.
template <class Write>
ssize_t traced_write(int fd, std::uint64_t offset, const iovec* parts, int count, Write write) {
  const std::uint64_t inode = inode_of(fd);
  if (inode == 0) return write();
  if (const auto fault = trunkline::power::fault_of(Call::write, fd)) {
    errno = *fault;
    return -1;
  }
  const bool dsync = traced[fd].dsync;
  enter(dsync ? EntryKind::durable_write : EntryKind::write, inode, offset, "", parts, count);
  const ssize_t result = write();
  if (result >= 0 && dsync && !lies()) enter(EntryKind::write_returned, inode, 0, "");
  return result;
}

template <class Sync>
int traced_sync(int fd, Sync sync) {
  const std::uint64_t inode = inode_of(fd);
  if (inode == 0) return sync();
  enter(EntryKind::sync_begun, inode, 0, "");
  if (const auto fault = trunkline::power::fault_of(Call::sync, fd)) {
    enter(EntryKind::sync_failed, inode, 0, "");
    errno = *fault;
    return *fault == 0 ? 0 : -1;
  }
  const int result = sync();
  if (result == 0 && !lies()) enter(EntryKind::sync_returned, inode, 0, "");
  return result;
}

std::uint64_t position(int fd) {
  return static_cast<std::uint64_t>(lseek(fd, 0, SEEK_CUR));
}

int open_traced(const char* name, const char* path, int flags, mode_t mode) {
  const std::string full = absolute(path);
  const bool existed = !is_below_data(full) || exists(full);
  return opened(real<int (*)(const char*, int, ...)>(name)(path, flags, mode), full, flags,
                existed);
}

mode_t mode_of(int flags, va_list rest) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0;
}

}  // namespace

extern "C" {

// The traced process may say when it told somebody that something is durable.
void trunkline_power_note(const char* text) {
  enter(EntryKind::note, 0, 0, text);
}

int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = mode_of(flags, rest);
  va_end(rest);
  return open_traced("open", path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = mode_of(flags, rest);
  va_end(rest);
  return open_traced("open64", path, flags, mode);
}

int close(int fd) {
  if (fd >= 0 && fd < kDescriptorsMax) traced[fd].inode = 0;
  return real<int (*)(int)>("close")(fd);
}

ssize_t pwrite(int fd, const void* bytes, size_t size, off_t offset) {
  const iovec part{const_cast<void*>(bytes), size};
  return traced_write(fd, static_cast<std::uint64_t>(offset), &part, 1,
                      [&] { return real<decltype(&pwrite)>("pwrite")(fd, bytes, size, offset); });
}

ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t offset) {
  return pwrite(fd, bytes, size, offset);
}

ssize_t write(int fd, const void* bytes, size_t size) {
  const iovec part{const_cast<void*>(bytes), size};
  const std::uint64_t offset = inode_of(fd) == 0 ? 0 : position(fd);
  return traced_write(fd, offset, &part, 1,
                      [&] { return real<decltype(&write)>("write")(fd, bytes, size); });
}

ssize_t writev(int fd, const iovec* parts, int count) {
  const std::uint64_t offset = inode_of(fd) == 0 ? 0 : position(fd);
  return traced_write(fd, offset, parts, count,
                      [&] { return real<decltype(&writev)>("writev")(fd, parts, count); });
}

ssize_t pwritev(int fd, const iovec* parts, int count, off_t offset) {
  return traced_write(fd, static_cast<std::uint64_t>(offset), parts, count, [&] {
    return real<decltype(&pwritev)>("pwritev")(fd, parts, count, offset);
  });
}

ssize_t pwritev64(int fd, const iovec* parts, int count, off64_t offset) {
  return pwritev(fd, parts, count, offset);
}

int fsync(int fd) {
  return traced_sync(fd, [&] { return real<int (*)(int)>("fsync")(fd); });
}

int fdatasync(int fd) {
  return traced_sync(fd, [&] { return real<int (*)(int)>("fdatasync")(fd); });
}

int ftruncate(int fd, off_t size) noexcept {
  const int result = real<int (*)(int, off_t)>("ftruncate")(fd, size);
  if (result == 0 && inode_of(fd) != 0) {
    enter(EntryKind::resized, inode_of(fd), static_cast<std::uint64_t>(size), "");
  }
  return result;
}

int posix_fallocate(int fd, off_t offset, off_t size) {
  const int result = real<int (*)(int, off_t, off_t)>("posix_fallocate")(fd, offset, size);
  struct stat info {};
  if (result == 0 && inode_of(fd) != 0 && fstat(fd, &info) == 0) {
    enter(EntryKind::resized, inode_of(fd), static_cast<std::uint64_t>(info.st_size), "");
  }
  return result;
}

int ftruncate64(int fd, off64_t size) noexcept {
  return ftruncate(fd, size);
}

int posix_fallocate64(int fd, off64_t offset, off64_t size) {
  return posix_fallocate(fd, offset, size);
}

int mkdir(const char* path, mode_t mode) noexcept {
  const int result = real<int (*)(const char*, mode_t)>("mkdir")(path, mode);
  const std::string full = absolute(path);
  if (result == 0 && is_below_data(full)) enter(EntryKind::directory, 0, 0, full);
  return result;
}

int rename(const char* from, const char* to) noexcept {
  const int result = real<int (*)(const char*, const char*)>("rename")(from, to);
  if (result == 0 && is_below_data(absolute(to))) {
    enter(EntryKind::renamed, 0, 0, absolute(from) + "\n" + absolute(to));
  }
  return result;
}

int unlink(const char* path) noexcept {
  const std::string full = absolute(path);
  const int result = real<int (*)(const char*)>("unlink")(path);
  if (result == 0 && is_below_data(full)) enter(EntryKind::unlinked, 0, 0, full);
  return result;
}

}  // extern "C"
