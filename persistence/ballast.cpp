#include "persistence/ballast.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace trunkline::persistence {

Ballast::Ballast(std::string path, std::size_t bytes) : path_(std::move(path)), bytes_(bytes) {
  take();
}

bool Ballast::held() const {
  const std::lock_guard lock(mutex_);
  return held_;
}

void Ballast::give_up() {
  const std::lock_guard lock(mutex_);
  unlink(path_.c_str());
  held_ = false;
}

bool Ballast::take() {
  const std::lock_guard lock(mutex_);
  if (held_) return true;
  const int file = open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return false;
  held_ = posix_fallocate(file, 0, static_cast<off_t>(bytes_)) == 0;
  close(file);
  if (!held_) unlink(path_.c_str());  // a part of it would only be in the way
  return held_;
}

}  // namespace trunkline::persistence
