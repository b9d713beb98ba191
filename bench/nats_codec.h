// What a NATS server says to a client: INFO, MSG, PING, PONG, +OK and -ERR, a stream of bytes that
// any WebSocket message may cut anywhere. Pure.
#pragma once

#include "wire/ids.h"

namespace trunkline::bench {

class NatsReader {
 public:
  enum class Event { none, message, ping, pong, failure };
  // Gives bytes from the server; then take events until `none`. Views live until the next give().
  void give(wire::BytesView bytes);
  Event next(wire::BytesView& payload);

 private:
  Event take_message(std::size_t line_end, wire::BytesView& payload);

  wire::Bytes kept_;      // what was incomplete, and what came after it
  wire::BytesView left_;  // of the bytes given, or of kept_
};

}  // namespace trunkline::bench
