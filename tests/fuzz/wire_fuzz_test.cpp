// Properties of the wire that must hold for whatever bytes come: RapidCheck makes them, shrinks
// what fails and prints the seed (RC_PARAMS="seed=…" replays it; RC_PARAMS="max_success=1000000" is
// the long form). A peer that seals nonsense with a right checksum is the interesting case: then
// only the fields stand between it and us.
#include <gtest/gtest.h>
#include <rapidcheck.h>

// rapidcheck/gtest.h wants gtest before it.
#include <rapidcheck/gtest.h>

#include "wire/cluster_file.h"
#include "wire/storage.h"
#include "wire/trace.h"

namespace trunkline::wire {
namespace {

using Random = std::vector<std::uint8_t>;

Bytes bytes_of(const Random& random) {
  return Bytes(random.begin(), random.end());
}

// A frame of this kind whose payload is `payload`, sealed as an honest peer would.
Bytes sealed(Kind kind, const Bytes& payload) {
  Bytes frame = encoded(FrameHeader{}, Beat{});
  frame += payload;
  frame.append(padded_to_8(frame.size()) - frame.size(), '\0');
  store_le(frame.data(), static_cast<std::uint32_t>(frame.size()));
  frame[8] = static_cast<char>(kWireVersion);
  frame[9] = static_cast<char>(kind);
  readdress(frame, {1, 2, 3}, 4);
  return frame;
}

// Reads the payload as its kind; true when it was a value and not an error.
template <class... Payloads>
bool readable_as(const FrameView& frame) {
  return (static_cast<bool>(payload_of<Payloads>(frame)) || ...);
}

bool readable(const FrameView& frame) {
  return readable_as<Hello, HelloOk, Reset, Beat, Verifier, VerifierIs, Attach, Attached,
                     AttachRefused, Replaced, Revoked, Detach, Send, Stored, Refused, Fenced,
                     Deliver, Trimmed, Taken, Received, History, Page, Copy, Copied, Direct, Hint,
                     DirectRefused, Sole, Admin, AdminIs, Auth, Challenge, Response, Welcome,
                     ClientStored, ClientRefused, ClientReceived, ClientHistory, Ping, Pong, Bye,
                     Move, Error>(frame);
}

RC_GTEST_PROP(WireFuzz, AnyBytesAreAFrameOrANamedError, (const Random& random)) {
  const Bytes bytes = bytes_of(random);
  const auto frame = decode(bytes);
  const bool named = frame.has_value() || to_string(frame.error()) != "unknown";
  RC_ASSERT(named);
}

RC_GTEST_PROP(WireFuzz, AnySealedPayloadIsAValueOrANamedError,
              (std::uint8_t kind, const Random& random)) {
  const Bytes frame = sealed(static_cast<Kind>(kind), bytes_of(random));
  const auto view = decode(frame);
  RC_ASSERT(view.has_value() == is_known(static_cast<Kind>(kind)));
  if (view) (void)readable(*view);
}

RC_GTEST_PROP(WireFuzz, AMessageComesBackAsItWas,
              (const Random& from, const Random& id, const Random& body)) {
  RC_PRE(from.size() <= kNameBytesMax && id.size() <= kNameBytesMax);
  const Bytes from_bytes = bytes_of(from), id_bytes = bytes_of(id), body_bytes = bytes_of(body);
  Send send;
  send.message = {MessageClass::stored, from_bytes, "d", "to", id_bytes, body_bytes, {}};
  const Bytes frame = encoded(FrameHeader{}, send);
  const auto read = payload_of<Send>(*decode(frame));
  RC_ASSERT(read.has_value());
  RC_ASSERT(read->message.from == from_bytes);
  RC_ASSERT(read->message.id == id_bytes);
  RC_ASSERT(read->message.body == body_bytes);
}

RC_GTEST_PROP(WireFuzz, AnyBytesAreABatchOrANamedErrorAndAreStampedWithoutHarm,
              (const Random& random)) {
  Bytes bytes = bytes_of(random);
  for (const Way way : {Way::port, Way::link}) {
    const auto batch = decode_batch(bytes, way);
    if (!batch) continue;
    BytesView frames = batch->frames;
    while (!frames.empty() && next_frame(frames)) {
    }
  }
  if (bytes.size() < kBatchHeaderBytes) return;
  store_le(bytes.data() + 10, kBatchLab);
  Trace trace;
  mark_batch(bytes.data(), bytes.size(), Stamp::rank_in, trace.ring());
}

RC_GTEST_PROP(WireFuzz, AnyBytesAreARecordOrAnAccountOrANamedError, (const Random& random)) {
  const Bytes bytes = bytes_of(random);
  (void)decode_record(bytes);
  (void)decode_account(bytes);
  RecordView view;
  view.payload = bytes;
  for (const RecordType type : {RecordType::message, RecordType::cursor, RecordType::copied}) {
    view.type = type;
    (void)record_of<MessageRecord>(view);
    (void)record_of<CursorRecord>(view);
    (void)record_of<CopiedRecord>(view);
  }
  BytesView entries = bytes;
  while (!entries.empty() && next_entry(entries)) {
  }
}

RC_GTEST_PROP(WireFuzz, AnyTextIsAClusterFileOrAnException, (const std::string& text)) {
  try {
    (void)parse_cluster_file(text);
  } catch (const std::runtime_error&) {
  }
}

RC_GTEST_PROP(WireFuzz, ADamagedClusterFileIsReadOrRefused, (std::uint16_t at, char byte)) {
  ClusterFile file;
  file.ranks.push_back({0, "host", 1, "ipc:///x", "", "", "/x", ""});
  std::string text = to_json(file);
  text[at % text.size()] = byte;
  try {
    (void)parse_cluster_file(text);
  } catch (const std::runtime_error&) {
  }
}

}  // namespace
}  // namespace trunkline::wire
