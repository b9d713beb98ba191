// The listening socket of one event loop. Every loop of an edge has its own on the same port
// (SO_REUSEPORT): the kernel spreads the connections.
//
// Threads: the event loop's.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>

#include "edge/corked_socket.h"

namespace trunkline::edge {

class Listener {
 public:
  // Throws std::runtime_error that says what to do where it cannot listen there. `is_first`: of its
  // edge; then nobody else may be on that port, not even one who would share it.
  Listener(boost::asio::io_context& io, const std::string& address, std::uint16_t port,
           bool is_first, std::function<void(Socket)> accepted);
  ~Listener();  // stops listening

  std::uint16_t port() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// Whether an address of ours can only be reached from this machine. Throws std::runtime_error where
// it is no address.
bool is_loopback(const std::string& address);

}  // namespace trunkline::edge
