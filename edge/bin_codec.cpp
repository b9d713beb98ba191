#include "edge/bin_codec.h"

#include "wire/limits.h"

namespace trunkline::edge {
namespace {

using wire::Kind;
using wire::MessageClass;

bool is_name_or_none(wire::BytesView name) {
  return name.empty() || wire::is_name(name);
}
bool is_number(std::uint64_t number) {
  return number <= wire::kNumberMax;
}

template <class Message>
bool is_message(const wire::FrameView& frame, MessageClass message_class) {
  const auto payload = wire::payload_of<Message>(frame);
  return payload && payload->message.message_class == message_class &&
         wire::is_name(payload->message.id) && wire::is_name(payload->message.to);
}

bool is_in_order(const wire::FrameView& frame) {
  switch (frame.header.kind) {
    case Kind::send:
      return is_message<wire::Send>(frame, MessageClass::stored);
    case Kind::direct:
      return is_message<wire::Direct>(frame, MessageClass::direct);
    case Kind::client_received: {
      const auto received = wire::payload_of<wire::ClientReceived>(frame);
      return received && is_number(received->mseq);
    }
    case Kind::ping: {
      const auto ping = wire::payload_of<wire::Ping>(frame);
      return ping && wire::is_name(ping->id);
    }
    case Kind::client_history: {
      const auto history = wire::payload_of<wire::ClientHistory>(frame);
      return history && is_name_or_none(history->with) && is_name_or_none(history->ref) &&
             (history->before == wire::kNoMseq || is_number(history->before));
    }
    case Kind::auth: {
      const auto auth = wire::payload_of<wire::Auth>(frame);
      return auth && wire::is_name(auth->device) && is_name_or_none(auth->mailbox) &&
             (auth->cursor == wire::kNoMseq || is_number(auth->cursor));
    }
    case Kind::response:
      return wire::payload_of<wire::Response>(frame).has_value();
    default:
      return wire::payload_of<wire::Bye>(frame).has_value();
  }
}

bool is_from_client(Kind kind) {
  switch (kind) {
    case Kind::send:
    case Kind::direct:
    case Kind::auth:
    case Kind::response:
    case Kind::client_received:
    case Kind::client_history:
    case Kind::ping:
    case Kind::bye:
      return true;
    default:
      return false;
  }
}

ClientFrame refused(std::string_view why) {
  ClientFrame frame;
  frame.refusal = why;
  return frame;
}

}  // namespace

ClientFrame next_client_frame(wire::BytesView& message) {
  const auto decoded = wire::decode(message, wire::kFrameBytesHardMax);
  if (!decoded) return refused(wire::to_string(decoded.error()));
  if (!is_from_client(decoded->header.kind)) return refused("not an operation of a client");
  if (!is_in_order(*decoded)) return refused("a field is missing or out of range");
  message.remove_prefix(decoded->whole.size());
  ClientFrame frame;
  frame.view = *decoded;
  return frame;
}

}  // namespace trunkline::edge
