// The floor's edge: a Beast WebSocket server that hands frames to its rank over ZeroMQ and writes
// out what comes back. No login, no bound, no check: the bare road. One thread, batching by turn.
//
// Threads: one, the one that runs `io`.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <memory>
#include <string>
#include <vector>
#include <zmq.hpp>

namespace trunkline::bench {

class FloorSession;

// A ZeroMQ descriptor in an event loop, and whether its socket is worth asking: asking costs two
// system calls. It is edge-triggered, and a send may take the edge: so after a send, too.
class ZmqWatch {
 public:
  ZmqWatch(boost::asio::io_context& io, zmq::socket_ref socket);
  ~ZmqWatch() { descriptor_.release(); }
  bool due() const { return due_; }
  void ask() { due_ = true; }
  void drained() { due_ = false; }
  void arm();  // before sleeping, when it is not due

 private:
  boost::asio::posix::stream_descriptor descriptor_;
  bool armed_ = false, due_ = true;
};

class FloorEdge {
 public:
  // Listens on a free port of 127.0.0.1 and connects to the rank.
  FloorEdge(boost::asio::io_context& io, zmq::context_t& zmq, const std::string& endpoint);
  ~FloorEdge();

  std::uint16_t port() const { return listener_.local_endpoint().port(); }
  // The two halves of a turn. send_up: true, the rank has something to take.
  bool send_up();
  void deliver();
  void ask() { watch_.ask(); }  // the rank has sent
  bool due() const { return watch_.due() || !up_.empty(); }
  void arm() { watch_.arm(); }

 private:
  friend class FloorSession;
  void accept();

  boost::asio::ip::tcp::acceptor listener_;
  zmq::socket_t rank_;
  ZmqWatch watch_;
  std::vector<std::weak_ptr<FloorSession>> sessions_;   // by connection number
  std::vector<std::shared_ptr<FloorSession>> touched_;  // have something to write in this turn
  std::string up_;                                      // frames of this turn
};

// Runs an edge on a thread or in a process of its own, for ever.
[[noreturn]] void run_floor_edge(boost::asio::io_context& io, FloorEdge& edge);

}  // namespace trunkline::bench
