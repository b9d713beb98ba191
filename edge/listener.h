// The listening socket of one event loop: TCP, or a UNIX socket that only its own user reaches.
// Every loop of an edge has its own on the same TCP port (SO_REUSEPORT): the kernel spreads the
// connections. A UNIX socket has one loop.
//
// Threads: the event loop's.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <functional>
#include <memory>
#include <string>

#include "edge/corked_socket.h"

namespace trunkline::edge {

class Listener {
 public:
  // `peer`: by the kernel; loopback where it came by a UNIX socket.
  struct Handlers {
    std::function<void(Socket socket, const boost::asio::ip::address& peer)> accepted;
    // Somebody came for whom there was no descriptor, and was closed at once.
    std::function<void()> turned_away;
  };

  virtual ~Listener() = default;           // stops listening; the file of a UNIX socket is removed
  virtual std::uint16_t port() const = 0;  // 0: a UNIX socket
};

// Both throw std::runtime_error that says what to do where it cannot listen there.

// `is_first`: of its edge; then nobody else may be on that port, not even one who would share it.
std::unique_ptr<Listener> listen_on_port(boost::asio::io_context& io, const std::string& address,
                                         std::uint16_t port, bool is_first,
                                         Listener::Handlers handlers);
// `path` gets mode 0600. A socket that is there already and that nobody listens on is replaced.
std::unique_ptr<Listener> listen_on_path(boost::asio::io_context& io, const std::string& path,
                                         Listener::Handlers handlers);

// Whether an address of ours can only be reached from this machine. Throws std::runtime_error where
// it is no address.
bool is_loopback(const std::string& address);

}  // namespace trunkline::edge
