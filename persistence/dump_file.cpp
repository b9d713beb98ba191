#include "persistence/dump_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "persistence/directories.h"

namespace trunkline::persistence {

using wire::Bytes;
using wire::BytesView;

namespace {

constexpr std::size_t kReadBytes = 256 * 1024;

bool is_a_dump(int file) {
  char first[kDumpMagic.size()];
  return pread(file, first, sizeof first, 0) == static_cast<ssize_t>(sizeof first) &&
         BytesView(first, sizeof first) == kDumpMagic;
}

void check_may_replace(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return;
  struct stat info {};
  const bool may = fstat(file, &info) == 0 && S_ISREG(info.st_mode) && is_a_dump(file);
  close(file);
  if (!may) refuse_path(path, "is there and is no dump; give another name, or move it away");
}

}  // namespace

DumpFileOut::DumpFileOut(const std::string& path)
    : path_(path == "-" ? "stdout" : path), writing_(path == "-" ? "" : path + ".new") {
  if (writing_.empty()) {
    if (isatty(STDOUT_FILENO)) {
      refuse_path(path_, "is a terminal; give a file, or `-` with a pipe behind");
    }
    file_ = STDOUT_FILENO;
    return;
  }
  check_may_replace(path_);
  // It holds verifiers of passwords.
  file_ = open(writing_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file_ < 0) refuse_path(writing_, why_not(errno, "cannot write it"));
}

DumpFileOut::~DumpFileOut() {
  if (writing_.empty()) return;
  close(file_);
  if (!finished_) unlink(writing_.c_str());
}

void DumpFileOut::put(BytesView bytes) {
  bytes_ += bytes.size();
  while (!bytes.empty()) {
    const ssize_t size = ::write(file_, bytes.data(), bytes.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) refuse_path(path_, why_not(errno, "cannot write it"));
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
}

void DumpFileOut::finish(const DumpDigest& digest) {
  finished_ = writing_.empty();
  if (finished_) return;
  if (fsync(file_) != 0) refuse_path(path_, why_not(errno, "cannot sync it"));
  // From the disk where that can be had, not from what is still in memory.
  posix_fadvise(file_, 0, 0, POSIX_FADV_DONTNEED);
  const auto nothing = [](auto&&) {};
  if (DumpFileIn(writing_).read(nothing, nothing) != digest) {
    refuse_path(path_, "does not read as it was written; look at the disk");
  }
  if (std::rename(writing_.c_str(), path_.c_str()) != 0) {
    refuse_path(path_, why_not(errno, "cannot be put in its place"));
  }
  finished_ = true;
  const auto parent = std::filesystem::absolute(path_).parent_path();
  sync_directory(parent);
}

DumpFileIn::DumpFileIn(const std::string& path) : name_(path == "-" ? "stdin" : path) {
  if (path == "-" && isatty(STDIN_FILENO)) {
    refuse_path(name_, "is a terminal; give a file, or `-` behind a pipe");
  }
  file_ = path == "-" ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file_ < 0) refuse_path(path, why_not(errno, "cannot read it"));
  struct stat info {};
  if (fstat(file_, &info) != 0) refuse_path(path, why_not(errno, "cannot look at it"));
  if (S_ISDIR(info.st_mode)) refuse_path(path, "is a directory; give the file of a dump");
  if (S_ISREG(info.st_mode)) size_ = static_cast<std::uint64_t>(info.st_size);
}

DumpFileIn::~DumpFileIn() {
  if (file_ != STDIN_FILENO) close(file_);
}

DumpDigest DumpFileIn::read(const DumpReader::Take& take,
                            const std::function<void(std::uint64_t)>& on_way) {
  if (!is_stream() && lseek(file_, 0, SEEK_SET) != 0) {
    refuse_path(name_, why_not(errno, "cannot read it"));
  }
  DumpReader reader(take);
  std::optional<DumpProblem> problem;
  Bytes bytes(kReadBytes, '\0');
  std::uint64_t all = 0;
  for (ssize_t size = 1; size > 0 && !problem;) {
    size = ::read(file_, bytes.data(), bytes.size());
    if (size < 0 && errno == EINTR)
      size = 1;
    else if (size < 0)
      refuse_path(name_, why_not(errno, "cannot read it"));
    else if (size > 0)
      problem = reader.feed(BytesView(bytes).substr(0, static_cast<std::size_t>(size)));
    all += size > 0 ? static_cast<std::uint64_t>(size) : 0;
    on_way(all);
  }
  if (!problem) problem = reader.finish();
  if (problem) refuse_path(name_, to_string(*problem));
  counts_ = reader.counts();
  return reader.digest();
}

}  // namespace trunkline::persistence
