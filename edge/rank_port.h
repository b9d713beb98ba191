// The port to the rank, as bytes: one ZeroMQ DEALER at a time, the only ZeroMQ of the edge. It
// knows nothing of frames; the gateway decides when a socket is done with.
//
// A socket has a fresh routing id and a random incarnation. With a run directory the endpoint is
// looked up in the cluster file at each opening; while there is none it is tried again, after 50 ms
// at first and 1 s at last, and when a cluster file comes. `moved` tells that a newer file has
// another endpoint or key: whatever served at the old one has ended.
//
// Fused, nothing tells that it is readable: the rank's loop counts what it sends.
//
// Threads: the event loop's. ZeroMQ's descriptor is edge-triggered, and a send may take the edge:
// the loop calls drain() after `readable`, and before it sleeps if it has sent.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>

#include "edge/edge.h"
#include "wire/ids.h"

namespace trunkline::edge {

struct RankPortEvents {
  std::function<void(wire::Incarnation)> opened;  // from open(), or later from the io_context
  std::function<void()> readable;                 // call drain()
  std::function<void(char* batch, std::size_t size)> batch;  // from drain(); the bytes may change
  std::function<void(const std::string& why)> waiting;       // no endpoint; it will be tried again
  std::function<void()> moved;                               // open() finds another rank
};

class RankPort {
 public:
  // Throws std::runtime_error for an endpoint or keys that can never work.
  RankPort(boost::asio::io_context& io, zmq::context_t& zmq, const EdgeConfig& config,
           RankPortEvents events);
  ~RankPort();

  // Closes the socket if there is one, unsent batches and all, and opens a new one.
  void open();
  // Nothing happens while there is no socket: what was meant for it is nobody's.
  void send(wire::Bytes batch);
  // Takes at most `batches_max`, and tells how many; fewer: there is no more.
  std::size_t drain(std::size_t batches_max);
  // For good. What was sent has a moment to leave.
  void close();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace trunkline::edge
