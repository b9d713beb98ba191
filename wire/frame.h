// Frames: the bytes that edges and ranks exchange, and that `.bin` clients speak. Byte layout,
// kinds and the rule of versions: wire/README.md. Start reading here, then routing/event.h.
//
// A frame is a 32-byte header, a payload (the fields of its kind, in the order listed below), zero
// padding to a multiple of 8, and, in a laboratory run, its trace: with flag kLab the 64-byte stamp
// block (stamps.h), with flag kCarded an 8-byte trace id (trace.h). It is made once, at the first
// edge; ranks pass it on as it came. A payload type is a view: its strings point into the frame and
// are never stored.
//
// Threads: values only; anything here may be used from any thread.
#pragma once

#include "wire/bytes.h"
#include "wire/error.h"
#include "wire/ids.h"

namespace trunkline::wire {

// Never renumber.
// clang-format off
enum class Kind : std::uint8_t {
  // port control
  hello = 1, hello_ok = 2, reset = 3, beat = 4,
  // login
  verifier = 10, verifier_is = 11, attach = 12, attached = 13, attach_refused = 14,
  replaced = 15, revoked = 16, detach = 17,
  // stored class
  send = 20, stored = 21, refused = 22, fenced = 23,
  deliver = 24, trimmed = 25, taken = 26, received = 27,
  // history
  history = 30, page = 31,
  // copies of the sender's own messages
  copy = 40, copied = 41,
  // direct class
  direct = 50, hint = 51, direct_refused = 52, sole = 53,
  // administration
  admin = 60, admin_is = 61,
  // spoken with `.bin` clients only; send, direct, deliver, trimmed and page are shared with above
  auth = 80, challenge = 81, response = 82, welcome = 83,
  client_stored = 84, client_refused = 85, client_received = 86, client_history = 87,
  ping = 88, pong = 89, bye = 90, move = 91, error = 92,
};
// clang-format on
bool is_known(Kind);

// Flags of the header. Undefined bits must be zero.
inline constexpr std::uint16_t kLab = 1;     // the frame ends with a stamp block
inline constexpr std::uint16_t kByHint = 2;  // direct: sent by a location hint, not by way of home
inline constexpr std::uint16_t kFromHome =
    4;  // direct: comes from home(to); is not passed on again
inline constexpr std::uint16_t kDetoured = 8;  // direct: a hint was stale; passed to home once
inline constexpr std::uint16_t kCarded = 16;   // the frame ends with a trace id; never with kLab
inline constexpr std::uint16_t kTraced = kLab | kCarded;
inline constexpr std::uint16_t kKnownFlags = kTraced | kByHint | kFromHome | kDetoured;

// Offsets: 0 length, 4 crc32c, 8 version, 9 kind, 10 flags, 12 rank, 14 slot, 16 port, 20 zero,
// 24 session. The checksum covers [8, length) without the trace.
struct FrameHeader {
  std::uint32_t length = 0;  // of the whole frame, header and trace included; multiple of 8
  Kind kind = Kind::beat;
  std::uint16_t flags = 0;
  // The session that the frame comes from, or goes to: by its kind, never both.
  Address address;
  // The home slot that the frame goes to, so that ranks on the way need not read its payload.
  Slot slot = 0;
};
inline constexpr std::size_t kFrameHeaderBytes = 32;
inline constexpr std::size_t kStampBlockBytes = 64;
inline constexpr std::size_t kTraceIdBytes = 8;
// Of the trace at the end of a frame with these flags.
constexpr std::size_t trace_bytes(std::uint16_t flags) {
  return (flags & kLab) != 0 ? kStampBlockBytes : (flags & kCarded) != 0 ? kTraceIdBytes : 0;
}

// One message as its first edge wrote it. These bytes cross ranks, log and archive untouched.
struct MessageView {
  MessageClass message_class = MessageClass::stored;
  BytesView from, device, to, id;  // device: the sender's
  BytesView body;
  BytesView raw;  // the encoded block; set by decoding, and written verbatim when not empty

  template <class Codec>
  static void fields(Codec& codec, auto& self) {
    codec.enumeration(self.message_class, MessageClass::stored, MessageClass::direct);
    codec.name(self.from);
    codec.name(self.device);
    codec.name(self.to);
    codec.name(self.id);
    codec.bytes(self.body);
  }
};
void message(Writer&, const MessageView&);
void message(Reader&, MessageView&);

}  // namespace trunkline::wire
