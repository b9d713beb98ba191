#include "routing/send_line.h"

#include <set>
#include <tuple>
#include <utility>

namespace trunkline::routing {
namespace {

// Sender, device, receiver.
using Pair = std::tuple<wire::Bytes, wire::Bytes, wire::Bytes>;

Pair pair_of(const wire::Bytes& frame) {
  const auto send = wire::payload_of<wire::Send>(*wire::decode(frame));
  if (!send) return {};
  const wire::MessageView& message = send->message;
  return {wire::Bytes(message.from), wire::Bytes(message.device), wire::Bytes(message.to)};
}

}  // namespace

void SendLine::push(const wire::FrameView& send, const wire::Now& now) {
  bytes_ += send.whole.size();
  line_.push_back({wire::Bytes(send.whole), send.header.address, now.mono_us});
}

SendLine::Waiting SendLine::pop_front() {
  Waiting first = std::move(line_.front());
  line_.pop_front();
  bytes_ -= first.frame.size();
  return first;
}

std::int64_t SendLine::busy_at() const {
  return line_.empty() ? kNever : line_.front().since_us + wire::kBusyAfterUs;
}

std::vector<SendLine::Waiting> SendLine::take_busy(const wire::Now& now) {
  std::vector<Waiting> busy;
  if (now.mono_us < busy_at()) return busy;
  std::set<Pair> pairs;
  boost::container::deque<Waiting> rest;
  for (Waiting& waiting : std::exchange(line_, {})) {
    const bool late = waiting.since_us + wire::kBusyAfterUs <= now.mono_us;
    Pair pair = pair_of(waiting.frame);
    const bool behind = pairs.contains(pair);
    if (late) pairs.insert(std::move(pair));
    if (late || behind) {
      bytes_ -= waiting.frame.size();
      busy.push_back(std::move(waiting));
    } else {
      rest.push_back(std::move(waiting));
    }
  }
  line_ = std::move(rest);
  return busy;
}

std::vector<SendLine::Waiting> SendLine::take_all() {
  std::vector<Waiting> all(std::make_move_iterator(line_.begin()),
                           std::make_move_iterator(line_.end()));
  line_.clear();
  bytes_ = 0;
  return all;
}

void SendLine::drop_port(wire::PortId port) {
  boost::container::deque<Waiting> rest;
  for (Waiting& waiting : std::exchange(line_, {})) {
    if (waiting.from.port == port) {
      bytes_ -= waiting.frame.size();
    } else {
      rest.push_back(std::move(waiting));
    }
  }
  line_ = std::move(rest);
}

}  // namespace trunkline::routing
