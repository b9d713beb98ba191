// A system under test, as the load generator sees it: clients in pairs, A of pair N at the first
// edge sends to B of pair N at the second. One kind of road for each system; all of them stand on
// the same WebSocket client (lab/connection.h), so that none has a cheaper generator.
//
// Threads: the generator's one thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "wire/ids.h"

namespace boost::asio {
class io_context;
}

namespace trunkline::bench {

enum class Side { sender, receiver };

struct EndConfig {
  std::string url;  // of its edge
  std::uint32_t pair = 0;
  Side side = Side::sender;
};

// One client. Handlers are never called from inside send() or flush().
class RoadEnd {
 public:
  struct Handlers {
    std::function<void()> on_ready;                   // connected, logged in, subscribed
    std::function<void(wire::BytesView)> on_message;  // the payload that the other end sent
    std::function<void(wire::BytesView)>
        on_acknowledged;                                // stored class: its payload's first bytes
    std::function<void(const std::string&)> on_failed;  // closed or refused: the run is void
  };
  virtual ~RoadEnd() = default;
  // Gathers one message to the other end of the pair; flush() gives what was gathered to the
  // socket, as one WebSocket message where the road's codec allows that.
  virtual void send(wire::BytesView payload) = 0;
  virtual void flush() = 0;
};

using MakeEnd = std::function<std::unique_ptr<RoadEnd>(boost::asio::io_context&, const EndConfig&,
                                                       RoadEnd::Handlers)>;

MakeEnd make_floor_end(), make_nats_end(), make_trunkline_end(wire::MessageClass message_class);
// By name: floor, nats, direct, stored. REQUIRES: one of them.
MakeEnd maker_of(const std::string& road);

}  // namespace trunkline::bench
