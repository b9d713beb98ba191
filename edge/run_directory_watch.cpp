#include "edge/run_directory_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <cstring>
#include <string_view>

#include "wire/cluster_file.h"

namespace trunkline::edge {

using boost::asio::posix::stream_descriptor;

RunDirectoryWatch::RunDirectoryWatch(boost::asio::io_context& io, const std::string& directory,
                                     std::function<void()> changed)
    : descriptor_(io), changed_(std::move(changed)) {
  const int inotify = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (inotify < 0) return;
  if (::inotify_add_watch(inotify, directory.c_str(), IN_MOVED_TO) < 0) {
    ::close(inotify);
    return;
  }
  descriptor_.assign(inotify);
  wait();
}

void RunDirectoryWatch::wait() {
  descriptor_.async_wait(stream_descriptor::wait_read, [this, alive = std::weak_ptr(alive_)](
                                                           boost::system::error_code error) {
    if (error || alive.expired()) return;
    bool is_ours = false;
    alignas(inotify_event) char bytes[4096];
    for (ssize_t size; (size = ::read(descriptor_.native_handle(), bytes, sizeof bytes)) > 0;) {
      for (ssize_t at = 0; at < size;) {
        inotify_event event;
        std::memcpy(&event, bytes + at, sizeof event);
        const char* name = bytes + at + sizeof event;
        is_ours |= event.len > 0 && std::string_view(name) == wire::kClusterFileName;
        at += static_cast<ssize_t>(sizeof event + event.len);
      }
    }
    wait();
    if (is_ours) changed_();
  });
}

}  // namespace trunkline::edge
