#include "lab/client_json.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>
#include <ctime>
#include <map>
#include <optional>
#include <stdexcept>

#include "wire/base64.h"
#include "wire/check.h"

namespace trunkline::lab {
namespace json = boost::json;
using wire::Bytes;
using wire::BytesView;

bool is_utf8(BytesView bytes) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    const auto lead = static_cast<unsigned char>(bytes[at]);
    const std::size_t size = lead < 0x80   ? 1
                             : lead < 0xc2 ? 0
                             : lead < 0xe0 ? 2
                             : lead < 0xf0 ? 3
                             : lead < 0xf5 ? 4
                                           : 0;
    if (size == 0 || bytes.size() - at < size) return false;
    std::uint32_t point = size == 1 ? lead : lead & (0x7fU >> size);
    for (std::size_t i = 1; i < size; ++i) {
      const auto next = static_cast<unsigned char>(bytes[at + i]);
      if ((next & 0xc0U) != 0x80) return false;
      point = point << 6 | (next & 0x3fU);
    }
    const bool overlong = (size == 3 && point < 0x800) || (size == 4 && point < 0x10000);
    const bool surrogate = point >= 0xd800 && point <= 0xdfff;
    if (overlong || surrogate || point > 0x10ffff) return false;
    at += size;
  }
  return true;
}

// ---- to text

namespace {

template <class Payload>
Payload payload(const wire::FrameView& frame) {
  auto result = wire::payload_of<Payload>(frame);
  TRUNKLINE_CHECK(result.has_value(), "a frame that this program made");
  return *result;
}

json::string_view view(BytesView bytes) {
  return {bytes.data(), bytes.size()};
}

void add_unless_empty(json::object& object, const char* key, BytesView value) {
  if (!value.empty()) object[key] = view(value);
}

json::object object_of(const wire::Auth& auth) {
  json::object object{{"op", "auth"},
                      {"mechanism", view(auth.mechanism)},
                      {"data", wire::to_base64(auth.data)},
                      {"device", view(auth.device)}};
  if (auth.cursor != wire::kNoMseq) object["cursor"] = auth.cursor;
  add_unless_empty(object, "mailbox", auth.mailbox);
  return object;
}

json::object object_of(const wire::MessageView& message) {
  json::object object{{"op", "send"}, {"id", view(message.id)}, {"to", view(message.to)}};
  if (message.message_class == wire::MessageClass::direct) object["class"] = "direct";
  if (is_utf8(message.body)) {
    object["body"] = view(message.body);
  } else {
    object["bytes"] = wire::to_base64(message.body);
  }
  return object;
}

json::object object_of(const wire::ClientHistory& history) {
  json::object object{{"op", "history"}};
  add_unless_empty(object, "with", history.with);
  if (history.before != wire::kNoMseq) object["before"] = history.before;
  if (history.limit != 0) object["limit"] = history.limit;
  add_unless_empty(object, "ref", history.ref);
  return object;
}

json::object object_of(const wire::FrameView& frame) {
  using wire::Kind;
  switch (frame.header.kind) {
    case Kind::auth:
      return object_of(payload<wire::Auth>(frame));
    case Kind::response:
      return {{"op", "response"}, {"data", wire::to_base64(payload<wire::Response>(frame).data)}};
    case Kind::send:
      return object_of(payload<wire::Send>(frame).message);
    case Kind::direct:
      return object_of(payload<wire::Direct>(frame).message);
    case Kind::client_received:
      return {{"op", "received"}, {"mseq", payload<wire::ClientReceived>(frame).mseq}};
    case Kind::client_history:
      return object_of(payload<wire::ClientHistory>(frame));
    case Kind::ping:
      return {{"op", "ping"}, {"id", view(payload<wire::Ping>(frame).id)}};
    case Kind::bye:
      return {{"op", "bye"}};
    default:
      break;
  }
  TRUNKLINE_CHECK(false, "a kind that clients do not send");
  return {};
}

}  // namespace

std::string json_of(const wire::FrameView& frame) {
  return json::serialize(object_of(frame));
}

// ---- from text

namespace {

// What is wrong with a text; never leaves this file.
using Problem = std::runtime_error;

std::string text(const json::object& object, const char* key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_string())
    throw Problem(std::string("no text \"") + key + "\"");
  return std::string(value->get_string());
}
std::string text_or_empty(const json::object& object, const char* key) {
  return object.contains(key) ? text(object, key) : std::string();
}

std::uint64_t number(const json::object& object, const char* key) {
  const json::value* value = object.if_contains(key);
  if (value != nullptr && value->is_int64() && value->get_int64() >= 0) {
    return static_cast<std::uint64_t>(value->get_int64());
  }
  throw Problem(std::string("no whole number \"") + key + "\"");
}

bool flag(const json::object& object, const char* key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_bool())
    throw Problem(std::string("no boolean \"") + key + "\"");
  return value->get_bool();
}

Bytes decoded(const json::object& object, const char* key) {
  wire::Bytes bytes;
  if (!wire::append_from_base64(bytes, text(object, key)))
    throw Problem(std::string("\"") + key + "\" is not base64");
  return bytes;
}

wire::Code code(const json::object& object) {
  const std::string word = text(object, "code");
  for (unsigned value = 1; value <= static_cast<unsigned>(wire::Code::shutdown); ++value) {
    const auto code = static_cast<wire::Code>(value);
    if (wire::to_string(code) == word) return code;
  }
  throw Problem("unknown code \"" + word + "\"");
}

// RFC 3339, UTC, milliseconds: 2026-01-31T23:59:59.999Z.
std::int64_t time_ms(const json::object& object) {
  const std::string word = text(object, "time");
  std::tm parts{};
  int milliseconds = 0, used = 0;
  const int found = std::sscanf(word.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ%n", &parts.tm_year,
                                &parts.tm_mon, &parts.tm_mday, &parts.tm_hour, &parts.tm_min,
                                &parts.tm_sec, &milliseconds, &used);
  if (found != 7 || static_cast<std::size_t>(used) != word.size() || used != 24) {
    throw Problem("\"" + word + "\" is not a time with milliseconds in UTC");
  }
  parts.tm_year -= 1900;
  parts.tm_mon -= 1;
  return std::int64_t{timegm(&parts)} * 1000 + milliseconds;
}

// A message's strings, which its view points into.
struct Message {
  explicit Message(const json::object& object)
      : from(text(object, "from")), to(text(object, "to")), id(text(object, "id")) {
    const std::string word = text(object, "class");
    if (word != "stored" && word != "direct") throw Problem("unknown class \"" + word + "\"");
    message_class = word == "stored" ? wire::MessageClass::stored : wire::MessageClass::direct;
    if (object.contains("body") == object.contains("bytes")) {
      throw Problem("a message has either \"body\" or \"bytes\"");
    }
    body = object.contains("body") ? text(object, "body") : decoded(object, "bytes");
    time = time_ms(object);
    const bool stored = message_class == wire::MessageClass::stored;
    if (stored) mseq = number(object, "mseq");
    if (!stored && object.contains("mseq")) throw Problem("a direct message has no \"mseq\"");
  }
  wire::MessageView view() const { return {message_class, from, {}, to, id, body, {}}; }

  wire::MessageClass message_class = wire::MessageClass::stored;
  Bytes from, to, id, body;
  std::int64_t time = 0;
  wire::Mseq mseq = 0;
};

template <class Payload>
Bytes frame_of(const Payload& payload) {
  return wire::encoded(wire::FrameHeader(), payload);
}

Bytes welcome(const json::object& object) {
  const std::string user = text(object, "user"), device = text(object, "device"),
                    edge = text(object, "edge"), mailbox = text(object, "mailbox"),
                    word = text(object, "storage");
  const Bytes data = object.contains("data") ? decoded(object, "data") : Bytes();
  wire::Welcome made{
      .user = user, .device = device, .edge = edge, .mailbox = mailbox, .data = data};
  made.rank = static_cast<wire::RankId>(number(object, "rank"));
  made.cursor = number(object, "cursor");
  if (word == "disk") {
    made.storage = wire::Storage::disk;
  } else if (word == "tmpfs") {
    made.storage = wire::Storage::tmpfs;
  } else if (word == "memory") {
    made.storage = wire::Storage::memory;
  } else {
    throw Problem("unknown storage \"" + word + "\"");
  }
  return frame_of(made);
}

Bytes message(const json::object& object) {
  const Message message(object);
  if (message.message_class == wire::MessageClass::direct) {
    return frame_of(wire::Direct{message.time, message.view()});
  }
  return frame_of(wire::Deliver{message.mseq, message.time, message.view()});
}

Bytes refused(const json::object& object) {
  const std::string id = text_or_empty(object, "id"), to = text_or_empty(object, "to"),
                    ref = text_or_empty(object, "ref"), words = text(object, "text");
  const wire::Code reason = code(object);
  if (flag(object, "retry") != wire::may_retry(reason)) throw Problem("\"retry\" does not fit");
  return frame_of(wire::ClientRefused{id, to, ref, reason, words});
}

Bytes history(const json::object& object) {
  const json::value* list = object.if_contains("messages");
  if (list == nullptr || !list->is_array()) throw Problem("no list \"messages\"");
  Bytes entries;
  for (const json::value& entry : list->get_array()) {
    if (!entry.is_object()) throw Problem("an entry of \"messages\" is no object");
    const Message message(entry.get_object());
    wire::append_entry(entries, {message.mseq, message.time, message.view()});
  }
  const std::string ref = text_or_empty(object, "ref");
  return frame_of(wire::Page{ref, true, flag(object, "complete"), entries});
}

Bytes move(const json::object& object) {
  const json::value* list = object.if_contains("urls");
  if (list == nullptr || !list->is_array()) throw Problem("no list \"urls\"");
  Bytes lines;
  for (const json::value& url : list->get_array()) {
    if (!url.is_string()) throw Problem("an entry of \"urls\" is no text");
    if (!lines.empty()) lines += '\n';
    lines += std::string_view(url.get_string().data(), url.get_string().size());
  }
  return frame_of(wire::Move{lines});
}

Bytes frame_of(const json::object& object) {
  const std::string op = text(object, "op");
  if (op == "challenge") return frame_of(wire::Challenge{decoded(object, "data")});
  if (op == "welcome") return welcome(object);
  if (op == "message") return message(object);
  if (op == "stored") {
    return frame_of(wire::ClientStored{text(object, "id"), text(object, "to")});
  }
  if (op == "refused") return refused(object);
  if (op == "history") return history(object);
  if (op == "trimmed") return frame_of(wire::Trimmed{number(object, "from")});
  if (op == "pong") return frame_of(wire::Pong{text(object, "id")});
  if (op == "move") return move(object);
  if (op == "error") return frame_of(wire::Error{code(object), text(object, "text")});
  throw Problem("unknown op \"" + op + "\"");
}

}  // namespace

FrameOfJson frame_of_json(std::string_view text) {
  boost::system::error_code bad;
  const json::value parsed = json::parse({text.data(), text.size()}, bad);
  if (bad || !parsed.is_object()) return {{}, "not a JSON object"};
  try {
    return {frame_of(parsed.get_object()), {}};
  } catch (const Problem& problem) {
    return {{}, problem.what()};
  }
}

}  // namespace trunkline::lab
