// `.json` on its way to clients. Whatever another client put into a message, its text is JSON, and
// the client library reads the same out of it; and that library takes any text from a server.
#include <boost/json.hpp>

#include "edge/json_codec.h"
#include "lab/client_json.h"
#include "tests/fuzz/mend.h"
#include "tests/fuzz/target.h"
#include "wire/limits.h"

namespace trunkline::fuzz {
namespace {

using namespace wire;

bool is_name_or_none(BytesView name) {
  return name.empty() || is_name(name);
}
bool is_number(std::uint64_t number) {
  return number <= kNumberMax;
}

// What the edge and the home have made sure of before a frame goes to a client: of clients' bytes
// only bodies are free.
bool is_from_cluster(const MessageView& message) {
  return is_name(message.from) && is_name_or_none(message.device) && is_name(message.to) &&
         is_name(message.id);
}
bool is_from_cluster(const Challenge&) {
  return true;
}
bool is_from_cluster(const Deliver& deliver) {
  return is_number(deliver.mseq) && deliver.mseq > 0 && is_from_cluster(deliver.message) &&
         deliver.message.message_class == MessageClass::stored;
}
bool is_from_cluster(const Direct& direct) {
  return is_from_cluster(direct.message) && direct.message.message_class == MessageClass::direct;
}
bool is_from_cluster(const ClientStored& stored) {
  return is_name(stored.id) && is_name(stored.to);
}
bool is_from_cluster(const Trimmed& trimmed) {
  return is_number(trimmed.from);
}
bool is_from_cluster(const Pong& pong) {
  return is_name(pong.id);
}
bool is_from_cluster(const Page& page) {
  if (!page.last || !is_name_or_none(page.ref)) return false;
  for (BytesView left = page.entries; !left.empty();) {
    const auto entry = next_entry(left);
    if (!entry || !is_number(entry->mseq) || !is_from_cluster(entry->message)) return false;
  }
  return true;
}

// The device is the sender's own business, and no message in `.json` tells it.
Bytes told(MessageView message) {
  message.device = {};
  message.raw = {};
  Bytes out;
  Writer writer(out);
  MessageView::fields(writer, message);
  return out;
}

bool same(const MessageView& a, const MessageView& b) {
  return told(a) == told(b);
}
bool same(const Challenge& a, const Challenge& b) {
  return a.data == b.data;
}
bool same(const Deliver& a, const Deliver& b) {
  return a.mseq == b.mseq && same(a.message, b.message);
}
bool same(const Direct& a, const Direct& b) {
  return same(a.message, b.message);
}
bool same(const ClientStored& a, const ClientStored& b) {
  return a.id == b.id && a.to == b.to;
}
bool same(const Trimmed& a, const Trimmed& b) {
  return a.from == b.from;
}
bool same(const Pong& a, const Pong& b) {
  return a.id == b.id;
}
bool same(const Page& a, const Page& b) {
  BytesView left = a.entries, other = b.entries;
  while (!left.empty() && !other.empty()) {
    const auto one = next_entry(left), two = next_entry(other);
    if (!one || !two || one->mseq != two->mseq || !same(one->message, two->message)) return false;
  }
  return left.empty() && other.empty() && a.ref == b.ref && a.complete == b.complete;
}

// Years that RFC 3339 can write.
bool is_time(std::int64_t time_ms) {
  constexpr std::int64_t kYear10000Ms = 253'402'300'800'000;
  return time_ms >= 0 && time_ms < kYear10000Ms;
}

template <class Payload>
void check_payload(const FrameView& frame) {
  const auto payload = payload_of<Payload>(frame);
  if (!payload || !is_from_cluster(*payload)) return;
  if constexpr (requires { payload->time_ms; }) {
    if (!is_time(payload->time_ms)) return;
  }
  Bytes text;
  edge::JsonPage page;
  TRUNKLINE_CHECK(edge::append_json(text, frame, page), "a kind that clients are told");
  boost::json::error_code error;
  const auto value = boost::json::parse({text.data(), text.size()}, error);
  TRUNKLINE_CHECK(!error && value.is_object(), "what goes to clients is JSON");
  const lab::FrameOfJson back = lab::frame_of_json(text);
  if constexpr (std::is_same_v<Payload, Page>) {
    // A client refuses a time that cannot be written; the cluster writes none.
    if (!back.problem.empty()) return;
  }
  TRUNKLINE_CHECK(back.problem.empty(), "a client reads it");
  const auto read = decode(back.frame, lab::kPageFrameBytesMax);
  TRUNKLINE_CHECK(read.has_value(), "a client reads a frame");
  const auto same_payload = payload_of<Payload>(*read);
  TRUNKLINE_CHECK(same_payload && same(*payload, *same_payload), "a client reads the same");
}

void check_frame(BytesView bytes) {
  const auto frame = decode(bytes);
  if (!frame) return;
  check_payload<Challenge>(*frame);
  check_payload<Deliver>(*frame);
  check_payload<Direct>(*frame);
  check_payload<ClientStored>(*frame);
  check_payload<Trimmed>(*frame);
  check_payload<Page>(*frame);
  check_payload<Pong>(*frame);
}

void check_any_text(BytesView text) {
  const lab::FrameOfJson read = lab::frame_of_json(text);
  if (!read.problem.empty()) return;
  TRUNKLINE_CHECK(decode(read.frame, lab::kPageFrameBytesMax).has_value(), "a text is a frame");
}

}  // namespace

void try_input(BytesView input) {
  check_frame(mended_frame(input));
  check_any_text(input);
}

}  // namespace trunkline::fuzz
