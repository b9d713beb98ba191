// An edge as a library: event loops, sessions, gateways and the ports to one rank. `main` decides
// the placement by the endpoint and by which io_context it passes: fused (the rank loop's own),
// inside (threads of the rank's process), process and host (trunkline-edge).
//
// Threads: everything of one EdgeLoop runs on its io_context; start() and stop() too. What loops of
// one edge share (login throttle, password workers) is in EdgeShared, which is thread-safe.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "edge/gateway.h"

namespace zmq {
class context_t;
}
namespace trunkline::wire {
class Trace;
}

namespace trunkline::edge {

// How long a client may take. Tests shorten them; nobody else has a reason to.
struct EdgeTimes {
  std::int64_t upgrade_us = 5'000'000;  // from accept to an answer or a WebSocket, TLS included
  std::int64_t login_us = 15'000'000;   // from accept to a login that SASL accepted
  std::int64_t ping_us = 60'000'000;    // between pings; two without a sign of life end it
  std::int64_t close_us = 5'000'000;    // for the client's half of closing
  std::int64_t drain_us = 5'000'000;    // for all of stop()
};

struct EdgeConfig {
  std::string name = "edge1";          // told to clients in `welcome`
  std::string address = "127.0.0.1";   // to listen on
  std::uint16_t port = 0;              // 0: a free one
  std::string socket_path;             // a UNIX socket to listen on, in place of address and port
  std::uint16_t tunnel_port = 0;       // pages of localhost at this port may connect too; 0: none
  std::string public_url;              // where clients reach it, if not where it listens
  std::string certificate, key;        // PEM paths; both empty: plain
  bool plain_anywhere = false;         // plain on an address that is not loopback
  std::vector<std::string> origins;    // allowed besides the edge's own; exact
  std::vector<std::string> move_urls;  // where clients go when this edge ends; told in `move`
  bool lab = false;                    // profile `lab`: no rates, throttles or per-address limits
  // Whether /lab shows the live page; absent: where the edge listens on loopback or a UNIX socket.
  std::optional<bool> live_page;
  bool echo = false;  // no rank, login or user: messages come back. For conformance suites only
  std::size_t connections_max = 20'000;
  std::size_t connections_per_address_max = 100;
  SessionRates rates;
  std::string log_level;  // of the process; empty: as it is
  EdgeTimes times;
  wire::Trace* trace = nullptr;  // of this process; null: the edge has one of its own
  // The configuration as it stands now, for a reload; throws std::runtime_error that says what is
  // wrong. Absent: only the certificate and key are read again.
  std::function<EdgeConfig()> read_again;
  // The rank's ports. Either an endpoint, or a run directory and rank whose cluster file is watched
  // (the endpoint is read again whenever the port is reopened).
  std::string endpoint;
  std::string run_directory;
  std::uint16_t rank = 0;
  bool fused = false;                      // the rank's own thread runs this: see turn()
  bool over_tcp = false;                   // take the tcp endpoint of the cluster file, with CURVE
  std::string curve_public, curve_secret;  // Z85, this edge's own pair; for over_tcp
  std::string curve_server;  // Z85, the rank's key for a tcp `endpoint`; else it is in the file
};

// ws://, wss://, or ws+unix: and wss+unix: with a path. `host`: in place of an address that stands
// for all.
std::string listening_url(const EdgeConfig& config, const std::string& host);

class EdgeShared;  // one for all loops of one edge
// Throws std::runtime_error that says what to do (bad certificate).
std::shared_ptr<EdgeShared> make_edge_shared(const EdgeConfig& config);

class Loop;

class EdgeLoop {
 public:
  // Throws std::runtime_error that says what to do (address in use, plain refused).
  EdgeLoop(boost::asio::io_context& io, zmq::context_t& zmq, const EdgeConfig& config,
           std::uint32_t thread, std::shared_ptr<EdgeShared> shared);
  // Cuts what is still open. Handlers that wait in the io_context do nothing afterwards.
  ~EdgeLoop();

  // Listens and connects the port. Returns the port number that it listens on.
  std::uint16_t start();
  // Drains: tells clients, closes sessions, then the listener and port; calls `done` once, at the
  // latest after 5 s.
  void stop(std::function<void()> done);
  // For all loops of this edge: takes certificate, key, origins, limits and log level as they stand
  // now, for new connections (rates: for all). What is broken is refused, logged and counted, and
  // nothing changes.
  void reload();

  // Fused only: the rank loop calls this once in every turn, after its own work, so that what the
  // rank sent by inproc in this turn (so many batches) is taken without another sleep, and without
  // a look in vain. True: there was something.
  bool turn(std::size_t rank_sent);
  // Fused only: turn() has something to do, so the thread must not sleep before it.
  bool is_due() const;
  // Fused only: how many batches went to the rank since this was asked last.
  std::size_t sent();

 private:
  std::shared_ptr<Loop> loop_;
};

}  // namespace trunkline::edge
