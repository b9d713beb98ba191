#include "tests/fuzz/operation.h"

#include <algorithm>

#include "wire/check.h"
#include "wire/limits.h"

namespace trunkline::fuzz {
namespace {

using namespace wire;

template <class Payload>
Payload payload(const FrameView& frame) {
  const auto read = payload_of<Payload>(frame);
  TRUNKLINE_CHECK(read.has_value(), "an operation that was taken has a payload");
  return *read;
}

MessageView said(const MessageView& message) {
  return {message.message_class, {}, {}, message.to, message.id, message.body, {}};
}

}  // namespace

std::optional<Bytes> plain_operation(const FrameView& frame) {
  switch (frame.header.kind) {
    case Kind::send:
      return encoded({}, Send{0, 0, said(payload<Send>(frame).message)});
    case Kind::direct:
      return encoded({}, Direct{0, said(payload<Direct>(frame).message)});
    case Kind::auth: {
      const Auth auth = payload<Auth>(frame);
      if (!is_name(auth.mechanism)) return std::nullopt;
      return encoded({}, auth);
    }
    case Kind::response:
      return encoded({}, payload<Response>(frame));
    case Kind::client_received:
      return encoded({}, payload<ClientReceived>(frame));
    case Kind::client_history: {
      ClientHistory history = payload<ClientHistory>(frame);
      const std::uint32_t limit =
          history.limit == 0 ? static_cast<std::uint32_t>(kHistoryLimitDefault) : history.limit;
      history.limit = std::min(limit, static_cast<std::uint32_t>(kHistoryLimitMax));
      return encoded({}, history);
    }
    case Kind::ping:
      return encoded({}, payload<Ping>(frame));
    default:
      return encoded({}, payload<Bye>(frame));
  }
}

}  // namespace trunkline::fuzz
