#include "edge/corked_socket.h"

#include <cerrno>

namespace trunkline::edge {

namespace {
// An idle connection keeps no larger buffer than this.
constexpr std::size_t kKeptBytes = 512;
}  // namespace

CorkedSocket::Flushed CorkedSocket::flush() {
  Flushed flushed;
  while (sent_ < out_.size()) {
    const std::size_t asked = out_.size() - sent_;
    const ssize_t taken =
        ::send(socket_.native_handle(), out_.data() + sent_, asked, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (taken < 0 && errno == EINTR) continue;
    if (taken < 0) {
      flushed.failed = errno != EAGAIN && errno != EWOULDBLOCK;
      break;
    }
    sent_ += static_cast<std::size_t>(taken);
    flushed.bytes += static_cast<std::size_t>(taken);
    if (static_cast<std::size_t>(taken) < asked) break;
  }
  if (sent_ == out_.size()) {
    sent_ = 0;
    out_.clear();
    if (out_.capacity() > kKeptBytes) std::string().swap(out_);
  } else if (sent_ > out_.size() / 2) {
    out_.erase(0, sent_);
    sent_ = 0;
  }
  return flushed;
}

void CorkedSocket::close() {
  std::string().swap(out_);
  sent_ = 0;
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void teardown(boost::beast::role_type, CorkedSocket& socket, boost::system::error_code& error) {
  if (socket.socket().is_open()) socket.flush();
  socket.socket().shutdown(Socket::shutdown_send, error);
}

void beast_close_socket(CorkedSocket& socket) {
  socket.close();
}

}  // namespace trunkline::edge
