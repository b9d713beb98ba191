// The rank's end of the ports: the only ZeroMQ of the backbone. One ROUTER socket serves the edges
// of this host (ipc and inproc), a second one those of gateway hosts (tcp with CURVE; every key is
// refused that was not allowed), a third one the edge that lives in this thread. One ZeroMQ message
// is one batch.
//
// A peer is named by what receive() gave: opaque bytes, new with every incarnation of an edge's
// socket.
//
// ZeroMQ's descriptor is edge-triggered: it says "look", once, and every call may swallow that. So
// this class looks until nothing is there after every look_again() and every send, and does not
// bother ZeroMQ in between: a look that finds nothing costs two system calls. The fused edge says
// how many batches it has sent, so nobody looks in vain: a pipe that is never found empty has no
// need to wake its reader, and costs no system call at all.
//
// Threads: the rank's one thread. (ZeroMQ's I/O threads are its own.)
// Failure: a bad address or a taken one throws std::runtime_error from the constructor or bind().
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>
#include <zmq.hpp>

#include "wire/ids.h"

namespace trunkline::backbone {

inline constexpr const char* kPortsInproc = "inproc://trunkline-ports";
inline constexpr const char* kPortsFused = "inproc://trunkline-ports-fused";

struct EdgePortConfig {
  std::string ipc_path;                   // of the socket file; a stale one is removed
  std::string tcp;                        // "tcp://ADDRESS:PORT", "*" for a free port; empty: none
  std::vector<std::string> allowed_keys;  // Z85, of edges that may connect by tcp
};

struct EdgePortCounters {
  std::uint64_t batches_in = 0, batches_out = 0, unreachable = 0, malformed = 0;
  std::uint64_t keys_allowed = 0, keys_refused = 0;  // of connections by tcp
};

class EdgePort {
 public:
  // Makes the sockets and, for tcp, a key pair that lives as long as this process.
  EdgePort(zmq::context_t& context, EdgePortConfig config);
  // Pending batches are given one second to leave; the socket file is removed.
  ~EdgePort();
  EdgePort(const EdgePort&) = delete;
  EdgePort& operator=(const EdgePort&) = delete;

  // Opens the doors. REQUIRES: all ranks have opened their data (protocol section 8).
  void bind();
  std::string endpoint() const;      // ipc://…
  std::string tcp_endpoint() const;  // with the port that was chosen; empty: none
  std::string public_key() const;    // Z85, of the tcp endpoint; empty: none

  struct Received {
    wire::BytesView peer;
    char* data = nullptr;
    std::size_t size = 0;
  };
  // Takes the next batch; what it gives lives until the next call. False: none is there.
  bool receive(Received& out);
  // False: that peer is not there any more. Never blocks.
  [[nodiscard]] bool send(wire::BytesView peer, const wire::Bytes& batch);
  // A descriptor became readable: the next receive() asks ZeroMQ.
  void look_again() { look_local_ = look_remote_ = true; }
  // The fused edge has sent so many batches more.
  void expect(std::size_t batches) { expected_ += batches; }
  // How many went to it since this was asked last.
  std::size_t sent_to_fused() { return std::exchange(sent_to_fused_, 0); }
  // Nothing is there, and the descriptors will tell when something is: the rank may sleep.
  bool is_empty() const { return expected_ == 0 && !look_local_ && !(look_remote_ && remote_); }

  // Admits an edge's public key (Z85). False: not a key.
  bool allow(wire::BytesView key);
  // Answers connections by tcp that ask for admission.
  void admit();
  // To be watched: batches, and (-1: without tcp) batches by tcp and requests for admission.
  int descriptor();
  int tcp_descriptor();
  int admission_descriptor();

  const EdgePortCounters& counters() const { return counters_; }

 private:
  bool receive_from(zmq::socket_t& socket, bool& look, char which, Received& out);
  bool receive_expected(Received& out);
  zmq::socket_t& socket_of(wire::BytesView peer);  // for a send

  EdgePortConfig config_;
  zmq::socket_t local_, fused_;
  zmq::socket_t remote_;     // tcp; no socket without
  zmq::socket_t admission_;  // ZAP (ZeroMQ RFC 27)
  std::string public_key_, secret_key_;
  std::set<std::string> allowed_;                // raw keys, 32 bytes
  bool look_local_ = true, look_remote_ = true;  // ZeroMQ may have something
  bool remote_next_ = false;                     // the two sockets take turns
  std::size_t expected_ = 0, sent_to_fused_ = 0;
  std::string peer_;
  zmq::message_t routing_id_, batch_;
  EdgePortCounters counters_;
};

}  // namespace trunkline::backbone
