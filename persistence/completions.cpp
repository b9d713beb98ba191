#include "persistence/completions.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace trunkline::persistence {

Completions::Completions() : event_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (event_fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Completions::~Completions() {
  close(event_fd_);
}

void Completions::post(Completion completion) {
  // The ring is under the lock too: after the owner has taken all, the eventfd is down.
  const std::lock_guard lock(mutex_);
  if (posted_.empty()) eventfd_write(event_fd_, 1);
  posted_.push_back(std::move(completion));
}

void Completions::take(std::vector<Completion>& out) {
  out.clear();
  const std::lock_guard lock(mutex_);
  if (posted_.empty()) return;
  eventfd_t rings = 0;
  eventfd_read(event_fd_, &rings);
  posted_.swap(out);
}

}  // namespace trunkline::persistence
