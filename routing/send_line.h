// SENDs that wait in a line, oldest first, and what is done with those that waited too long.
#pragma once

#include <boost/container/deque.hpp>
#include <vector>

#include "routing/turn.h"

namespace trunkline::routing {

class SendLine {
 public:
  struct Waiting {
    wire::Bytes frame;  // a whole SEND
    wire::Address from;
    std::int64_t since_us = 0;
  };

  bool empty() const { return line_.empty(); }
  std::size_t size() const { return line_.size(); }
  std::size_t bytes() const { return bytes_; }
  void push(const wire::FrameView& send, const wire::Now& now);
  // REQUIRES: not empty.
  const Waiting& front() const { return line_.front(); }
  Waiting pop_front();

  // When the first one has waited 5 s; kNever when empty.
  std::int64_t busy_at() const;
  // Takes out whoever has waited 5 s, and with each what waits behind it from the same device to
  // the same receiver, so that their order stays that of the sender (rule 7a).
  std::vector<Waiting> take_busy(const wire::Now& now);
  std::vector<Waiting> take_all();
  // The sessions of that port are gone, and nobody is left to be answered.
  void drop_port(wire::PortId port);

 private:
  boost::container::deque<Waiting> line_;
  std::size_t bytes_ = 0;
};

}  // namespace trunkline::routing
