// The sub-protocol `trunkline.v1.json` as a transcoding: JSON text to the client frame that says
// the same (wire/client_payloads.h; send and direct in wire/payloads.h), and back. Pure; knows
// nothing of sessions, so it does not judge what may be said when.
//
// Threads: a reader or writer belongs to one thread. Both keep their buffers from one call to the
// next, so that a message costs no allocation.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "wire/codec.h"

namespace trunkline::edge {

// Why a text is not an operation; `text` is for people and lives for ever.
struct JsonRefusal {
  wire::Code code = wire::Code::ok;  // not_json, bad_request or bad_encoding
  std::string_view text;
};

class JsonReader {
 public:
  JsonReader();
  ~JsonReader();

  // Replaces `frame` by the client frame that `text` says: auth, response, send, direct,
  // client_received, client_history, ping or bye, every member checked. Nothing: it succeeded.
  // Else `frame` is unspecified.
  [[nodiscard]] std::optional<JsonRefusal> read(std::string_view text, wire::Bytes& frame);

 private:
  class Parser;
  std::unique_ptr<Parser> parser_;
};

// The part of a `history` answer that has come so far; kept by each session, empty mostly.
using JsonPage = wire::Bytes;

// Appends the JSON text of a frame for clients: challenge, welcome, deliver, direct, client_stored,
// client_refused, trimmed, page, pong, move or error. Appends nothing for a page that is not the
// last of its answer: it waits in `page`. REQUIRES: the frame is one of these and whole (it was
// made inside the cluster); false otherwise.
[[nodiscard]] bool append_json(wire::Bytes& out, const wire::FrameView& frame, JsonPage& page);

// RFC 3339 in UTC with milliseconds, as in 2026-11-24T09:30:00.123Z.
void append_time(wire::Bytes& out, std::int64_t time_ms);

}  // namespace trunkline::edge
