#include "bench/nats_codec.h"

#include <charconv>

namespace trunkline::bench {

void NatsReader::give(wire::BytesView bytes) {
  if (left_.empty()) {
    left_ = bytes;
    return;
  }
  wire::Bytes joined(left_);
  joined.append(bytes);
  kept_ = std::move(joined);
  left_ = kept_;
}

NatsReader::Event NatsReader::next(wire::BytesView& payload) {
  for (;;) {
    const std::size_t line_end = left_.find("\r\n");
    if (line_end == wire::BytesView::npos) break;
    if (left_.starts_with("MSG ")) return take_message(line_end, payload);
    const wire::BytesView line = left_.substr(0, line_end);
    left_.remove_prefix(line_end + 2);
    if (line.starts_with("PING")) return Event::ping;
    if (line.starts_with("PONG")) return Event::pong;
    if (line.starts_with("-ERR")) {
      payload = line;
      return Event::failure;
    }
  }
  // Keep what is incomplete: the bytes given are the caller's.
  if (!left_.empty() && left_.data() != kept_.data()) {
    kept_ = wire::Bytes(left_);
    left_ = kept_;
  }
  return Event::none;
}

// MSG subject sid [reply] size \r\n payload \r\n
NatsReader::Event NatsReader::take_message(std::size_t line_end, wire::BytesView& payload) {
  const wire::BytesView line = left_.substr(0, line_end);
  const std::size_t size_at = line.rfind(' ') + 1;
  std::size_t size = 0;
  std::from_chars(line.data() + size_at, line.data() + line.size(), size);
  const std::size_t whole = line_end + 2 + size + 2;
  if (left_.size() < whole) {
    if (left_.data() != kept_.data()) {
      kept_ = wire::Bytes(left_);
      left_ = kept_;
    }
    return Event::none;
  }
  payload = left_.substr(line_end + 2, size);
  left_.remove_prefix(whole);
  return Event::message;
}

}  // namespace trunkline::bench
