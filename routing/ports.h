// Ports: this rank's side of its connections to edge threads (protocol sections 3, 4 rules 8 and 9,
// and 9). A port lives as long as one incarnation of an edge thread's ZeroMQ socket; its batches
// come numbered without a gap, or it is broken: RESET, and nothing more is taken from it. Whoever
// holds frames or sessions of a broken port learns of it by take_dead().
//
// What goes to a port has no window: its edge reserved the room (protocol section 9). An edge that
// leaves 16 MiB unconfirmed is broken; from 1 MiB on, direct messages to it are dropped.
#pragma once

#include <boost/container/deque.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "routing/text_map.h"
#include "routing/turn.h"

namespace trunkline::routing {

// A session as the rank of its edge sees it: learnt from the ATTACH and the answers that pass.
struct PortSession {
  wire::Bytes user, device;
  wire::Sepoch sepoch = 0;  // 0 until its home has said
};

struct Port {
  wire::PortId id = 0;
  wire::Bytes peer;  // ZeroMQ routing id
  wire::Bytes edge;
  wire::Bytes url;  // of the edge, for clients
  std::uint32_t thread = 0;
  wire::Incarnation incarnation = 0;
  wire::BatchBuilder out;
  std::uint64_t sent = 0, confirmed = 0, taken = 0;
  boost::container::deque<std::size_t> unconfirmed;  // bytes of each batch after `confirmed`
  std::size_t unconfirmed_bytes = 0;
  std::size_t owed_bytes = 0;  // taken and not yet confirmed
  std::int64_t heard_us = 0;
  std::size_t histories = 0;  // asked for and not yet answered by a last page
  boost::unordered_flat_map<wire::SessionId, PortSession> sessions;

  bool takes_direct() const {
    return unconfirmed_bytes + out.bytes() < wire::kPortDirectUnconfirmedBytesMax;
  }
};

class Ports {
 public:
  explicit Ports(Turn& turn) : turn_(turn) {}

  // ---- in
  struct Arrival {
    Port* port;
    wire::BytesView frames;
  };
  // Takes a batch; a HELLO at its front makes the port. Nothing: it was bare, or it was dropped and
  // the peer was told RESET.
  std::optional<Arrival> take(wire::BytesView peer, wire::BytesView batch);
  // Breaks the port and tells its edge to begin anew (rule 8).
  void reset(Port& port);
  void unreachable(wire::BytesView peer);

  // Ports that have died since the last call, for those who know more of them.
  std::vector<std::unique_ptr<Port>> take_dead() { return std::exchange(dead_, {}); }

  // ---- out
  // nullptr: there is no such port any more, and what was for it goes nowhere.
  Port* find(wire::PortId id) const;
  template <class Payload>
  void add(Port& port, const wire::Address& to, const Payload& payload,
           wire::BytesView stamps = {}) {
    wire::FrameHeader header;
    header.address = to;
    room(port).add(header, payload, stamps);
  }
  // Passes a frame on; its copy may be readdressed until the next call.
  char* forward(Port& port, const wire::FrameView& frame) {
    return room(port).add(frame.whole, frame.has(wire::kTraced));
  }

  // ---- time
  void beat();                          // once a second: a BEAT to every port
  void watch();                         // breaks ports that have been silent for 3 s
  void close();                         // end of a turn: one batch for each port that has something
  void forgive(std::int64_t pause_us);  // this process was stopped: not the ports' silence
  std::int64_t silence_at() const { return silence_at_us_; }
  bool settled() const;  // nothing waits to be sent

  // In the order of their numbers.
  const std::vector<std::unique_ptr<Port>>& all() const { return ports_; }

 private:
  std::optional<Arrival> greet(wire::BytesView peer, const wire::BatchView& batch);
  wire::BatchBuilder& room(Port& port) {
    if (port.out.bytes() >= wire::kPortBatchBytesMax) send(port);
    return port.out;
  }
  void send(Port& port);
  void send_reset(wire::BytesView peer, wire::Incarnation incarnation);
  wire::BatchHeader header(const Port& port, std::uint64_t number) const;
  void confirm_up_to(Port& port, std::uint64_t consumed);
  void bury(Port& port);

  Turn& turn_;
  std::vector<std::unique_ptr<Port>> ports_;  // numbers rise
  TextMap<Port*> by_peer_;
  std::vector<std::unique_ptr<Port>> dead_;
  wire::PortId last_id_ = 0;
  std::int64_t silence_at_us_ = kNever;  // no port is silent for too long before
};

}  // namespace trunkline::routing
