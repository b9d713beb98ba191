#include "tests/full/small_disk.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>

namespace trunkline::tests {

std::unique_ptr<SmallDisk> SmallDisk::make(const std::string& size, std::string& why_not) {
  if (unshare(CLONE_NEWNS) != 0 ||
      mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    why_not = std::string("this process may not mount a small disk: ") + std::strerror(errno);
    return nullptr;
  }
  return std::unique_ptr<SmallDisk>(new SmallDisk(size));
}

SmallDisk::SmallDisk(const std::string& size)
    : temporary_(std::filesystem::temp_directory_path().string()) {
  if (mount("small", place_.path().c_str(), "tmpfs", 0, ("size=" + size).c_str()) != 0) {
    throw std::runtime_error("cannot mount a tmpfs: " + std::string(std::strerror(errno)));
  }
  setenv("TMPDIR", place_.path().c_str(), 1);
}

SmallDisk::~SmallDisk() {
  setenv("TMPDIR", temporary_.c_str(), 1);
  umount2(place_.path().c_str(), MNT_DETACH);
}

void SmallDisk::fill() {
  const int file = open((place_.path() + "/filler").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  off_t size = 0;
  for (const off_t step : {off_t{1} << 20, off_t{4'096}}) {
    while (posix_fallocate(file, size, step) == 0) size += step;
  }
  close(file);
}

void SmallDisk::clear() {
  unlink((place_.path() + "/filler").c_str());
}

}  // namespace trunkline::tests
