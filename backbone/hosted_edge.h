// The edge that a rank hosts: in the rank's own thread (fused) or in threads of its process
// (inside). It reaches the rank by ZeroMQ, inproc, like any other edge reaches its own.
//
// Threads: everything here is called by the rank's thread; what runs inside has threads of its own.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <memory>
#include <thread>
#include <vector>

#include "backbone/rank_loop.h"
#include "edge/edge.h"

namespace trunkline::backbone {

class HostedEdge {
 public:
  // `threads`: event loops with a thread each; 0: fused, on `io`. Where the rank's port is, is
  // known here. Throws std::runtime_error, as does start().
  HostedEdge(boost::asio::io_context& io, zmq::context_t& zmq, edge::EdgeConfig config,
             unsigned threads);
  ~HostedEdge();
  HostedEdge(const HostedEdge&) = delete;
  HostedEdge& operator=(const HostedEdge&) = delete;

  void start();
  // ws:// or wss://; with the name `host` where it listens on every address.
  std::string url(const std::string& host) const;
  EdgeHooks hooks();
  void reload();

 private:
  struct Loop {
    std::unique_ptr<boost::asio::io_context> own_io;  // inside only
    std::unique_ptr<edge::EdgeLoop> edge;
    std::thread thread;
  };
  void drain();
  void cut();

  boost::asio::io_context& io_;
  zmq::context_t& zmq_;
  edge::EdgeConfig config_;
  std::vector<Loop> loops_;
  std::shared_ptr<std::atomic<std::size_t>> drained_;
};

}  // namespace trunkline::backbone
