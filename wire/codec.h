// From values to frames and back. encode() makes an owner (or appends to a batch), decode() gives a
// view that lives as long as the bytes do.
#pragma once

#include "wire/client_payloads.h"
#include "wire/payloads.h"

namespace trunkline::wire {

// A frame that was checked: header read, checksum right, payload not yet read.
struct FrameView {
  FrameHeader header;
  BytesView whole;    // exactly header.length bytes
  BytesView payload;  // padding included
  BytesView stamps;   // the stamp block or the trace id; empty without kTraced

  bool has(std::uint16_t flag) const { return (header.flags & flag) != 0; }
};

// Appends one frame to `out`: what `fields` writes, padded, with `stamps` behind it when not empty:
// a stamp block or a trace id, told by its size. length, checksum and kTraced are set here.
template <class Payload>
void encode(Bytes& out, FrameHeader header, const Payload& payload, BytesView stamps = {});

// The same as an owner of its own.
template <class Payload>
Bytes encoded(const FrameHeader& header, const Payload& payload, BytesView stamps = {}) {
  Bytes out;
  encode(out, header, payload, stamps);
  return out;
}

// Reads the frame at the front of `bytes`; more may follow it. Every prefix of a frame gives
// too_short (or bad_length), every changed byte outside the trace gives an error.
// `length_max`: what this reader accepts (kClusterFrameBytesMax between ranks and edges).
Result<FrameView> decode(BytesView bytes, std::size_t length_max = kClusterFrameBytesMax);

// Reads the payload of a frame. Gives bad_kind if the frame is of another kind.
template <class Payload>
Result<Payload> payload_of(const FrameView& frame);

// Writes a new address (and slot) into a frame that is owned, and its checksum. The payload stays.
void readdress(char* frame, const Address& address, Slot slot);
inline void readdress(Bytes& frame, const Address& address, Slot slot) {
  readdress(frame.data(), address, slot);
}
// Sets and clears flags in a frame that is owned, and its checksum. kTraced cannot be
// changed.
void reflag(char* frame, std::uint16_t set, std::uint16_t clear);
inline void reflag(Bytes& frame, std::uint16_t set, std::uint16_t clear) {
  reflag(frame.data(), set, clear);
}

// Appends one entry to Page::entries.
void append_entry(Bytes& entries, const PageEntry& entry);
// Takes the first entry off `entries`. REQUIRES: not empty.
Result<PageEntry> next_entry(BytesView& entries);

// 1 to kNameBytesMax bytes of UTF-8 without control characters (U+0000..U+001F, U+007F..U+009F).
bool is_name(BytesView bytes);
bool is_utf8(BytesView bytes);

// ---- templates

namespace detail {
std::size_t begin_frame(Bytes& out);
void end_frame(Bytes& out, std::size_t start, const FrameHeader& header, Kind kind,
               BytesView stamps);
bool only_padding(BytesView rest);
}  // namespace detail

template <class Payload>
void encode(Bytes& out, FrameHeader header, const Payload& payload, BytesView stamps) {
  const std::size_t start = detail::begin_frame(out);
  Writer writer(out);
  Payload::fields(writer, payload);
  detail::end_frame(out, start, header, Payload::kKind, stamps);
}

template <class Payload>
Result<Payload> payload_of(const FrameView& frame) {
  if (frame.header.kind != Payload::kKind) return DecodeError::bad_kind;
  Payload payload;
  Reader reader(frame.payload);
  Payload::fields(reader, payload);
  if (!reader.ok() || !detail::only_padding(reader.rest())) return DecodeError::bad_field;
  if (!reader.value_ok()) return DecodeError::bad_value;
  return payload;
}

}  // namespace trunkline::wire
