#include "edge/spare_descriptor.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

namespace trunkline::edge {

SpareDescriptor::SpareDescriptor() {
  keep();
}

SpareDescriptor::~SpareDescriptor() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void SpareDescriptor::keep() {
  descriptor_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}

bool SpareDescriptor::turn_away(int listening) {
  if (descriptor_ < 0) keep();
  if (descriptor_ < 0) return false;
  ::close(std::exchange(descriptor_, -1));
  const int newcomer = ::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC);
  if (newcomer >= 0) ::close(newcomer);
  keep();
  return newcomer >= 0;
}

}  // namespace trunkline::edge
