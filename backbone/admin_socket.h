// The rank's admin socket, RUN/rank-R.admin: a UNIX stream on which tools of the same user send
// frames of kind `admin` and get frames of kind `admin_is`, back to back. Whoever asks is known by
// SO_PEERCRED: our own user or root, nobody else.
//
// Bounded: few connections, one frame at a time in, and a connection that does not read its answers
// is closed.
//
// Threads: the rank's one thread, on its io_context.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>

#include "wire/ids.h"

namespace trunkline::backbone {

class AdminSocket {
 public:
  // `frame`: one whole frame of kind admin, checked; it lives for the call.
  using Asked = std::function<void(wire::SessionId connection, wire::BytesView frame)>;

  // Binds `path`, mode 0600 (a stale one is removed). `asked` is called from the io_context's
  // handlers. Throws std::runtime_error.
  AdminSocket(boost::asio::io_context& io, const std::string& path, Asked asked);
  // Closes all connections and removes the socket file.
  ~AdminSocket();

  // Writes a frame to a connection. One that has gone is no error.
  void answer(wire::SessionId connection, wire::BytesView frame);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace trunkline::backbone
