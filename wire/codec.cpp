#include "wire/codec.h"

#include "wire/check.h"
#include "wire/crc32c.h"

namespace trunkline::wire {
namespace {

constexpr std::size_t kChecksummedFrom = 8;

std::uint32_t checksum(BytesView frame, std::uint16_t flags) {
  return crc32c(
      frame.substr(kChecksummedFrom, frame.size() - kChecksummedFrom - trace_bytes(flags)));
}

void seal(char* frame) {
  const auto length = load_le<std::uint32_t>(frame);
  store_le(frame + 4, checksum({frame, length}, load_le<std::uint16_t>(frame + 10)));
}

void put_address(char* frame, const Address& address, Slot slot) {
  store_le(frame + 12, address.rank);
  store_le(frame + 14, slot);
  store_le(frame + 16, address.port);
  store_le(frame + 24, address.session);
}

}  // namespace

bool is_known(Kind kind) {
  switch (kind) {
    case Kind::hello:
    case Kind::hello_ok:
    case Kind::reset:
    case Kind::beat:
    case Kind::verifier:
    case Kind::verifier_is:
    case Kind::attach:
    case Kind::attached:
    case Kind::attach_refused:
    case Kind::replaced:
    case Kind::revoked:
    case Kind::detach:
    case Kind::send:
    case Kind::stored:
    case Kind::refused:
    case Kind::fenced:
    case Kind::deliver:
    case Kind::trimmed:
    case Kind::taken:
    case Kind::received:
    case Kind::history:
    case Kind::page:
    case Kind::copy:
    case Kind::copied:
    case Kind::direct:
    case Kind::hint:
    case Kind::direct_refused:
    case Kind::sole:
    case Kind::admin:
    case Kind::admin_is:
    case Kind::auth:
    case Kind::challenge:
    case Kind::response:
    case Kind::welcome:
    case Kind::client_stored:
    case Kind::client_refused:
    case Kind::client_received:
    case Kind::client_history:
    case Kind::ping:
    case Kind::pong:
    case Kind::bye:
    case Kind::move:
    case Kind::error:
      return true;
  }
  return false;
}

void message(Writer& writer, const MessageView& message) {
  if (message.raw.empty()) {
    MessageView::fields(writer, message);
  } else {
    writer.raw(message.raw);
  }
}

void message(Reader& reader, MessageView& message) {
  const std::size_t start = reader.position();
  MessageView::fields(reader, message);
  if (reader.ok()) message.raw = reader.since(start);
}

Result<FrameView> decode(BytesView bytes, std::size_t length_max) {
  if (bytes.size() < kFrameHeaderBytes) return DecodeError::too_short;
  const char* at = bytes.data();
  FrameView frame;
  frame.header.length = load_le<std::uint32_t>(at);
  const std::size_t length = frame.header.length;
  if (length < kFrameHeaderBytes || length > length_max || length % 8 != 0) {
    return DecodeError::bad_length;
  }
  if (bytes.size() < length) return DecodeError::too_short;
  if (static_cast<std::uint8_t>(at[8]) != kWireVersion) return DecodeError::bad_version;
  frame.header.kind = static_cast<Kind>(at[9]);
  if (!is_known(frame.header.kind)) return DecodeError::bad_kind;
  frame.header.flags = load_le<std::uint16_t>(at + 10);
  if ((frame.header.flags & ~kKnownFlags) != 0 || load_le<std::uint32_t>(at + 20) != 0) {
    return DecodeError::bad_flags;
  }
  if ((frame.header.flags & kTraced) == kTraced) return DecodeError::bad_flags;
  const std::size_t traced = trace_bytes(frame.header.flags);
  if (length < kFrameHeaderBytes + traced) return DecodeError::bad_length;
  frame.whole = bytes.substr(0, length);
  if (load_le<std::uint32_t>(at + 4) != checksum(frame.whole, frame.header.flags))
    return DecodeError::bad_checksum;
  frame.header.address = {load_le<RankId>(at + 12), load_le<PortId>(at + 16),
                          load_le<SessionId>(at + 24)};
  frame.header.slot = load_le<Slot>(at + 14);
  frame.payload = frame.whole.substr(kFrameHeaderBytes);
  frame.stamps = frame.payload.substr(frame.payload.size() - traced);
  frame.payload.remove_suffix(traced);
  return frame;
}

void readdress(char* frame, const Address& address, Slot slot) {
  put_address(frame, address, slot);
  seal(frame);
}

void reflag(char* frame, std::uint16_t set, std::uint16_t clear) {
  TRUNKLINE_CHECK(((set | clear) & kTraced) == 0, "a trace is not made by a flag");
  const auto flags = load_le<std::uint16_t>(frame + 10);
  store_le(frame + 10, static_cast<std::uint16_t>((flags | set) & ~clear));
  seal(frame);
}

void append_entry(Bytes& entries, const PageEntry& entry) {
  Writer writer(entries);
  PageEntry::fields(writer, entry);
}

Result<PageEntry> next_entry(BytesView& entries) {
  Reader reader(entries);
  PageEntry entry;
  PageEntry::fields(reader, entry);
  if (!reader.ok()) return DecodeError::bad_field;
  if (!reader.value_ok()) return DecodeError::bad_value;
  entries.remove_prefix(reader.position());
  return entry;
}

bool is_utf8(BytesView bytes) {
  const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
  const auto* end = at + bytes.size();
  while (at < end) {
    const unsigned char lead = *at++;
    if (lead < 0x80) continue;
    int more;
    std::uint32_t point, lowest;
    if (lead >= 0xc2 && lead <= 0xdf) {
      more = 1;
      point = lead & 0x1fu;
      lowest = 0x80;
    } else if (lead >= 0xe0 && lead <= 0xef) {
      more = 2;
      point = lead & 0x0fu;
      lowest = 0x800;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
      more = 3;
      point = lead & 0x07u;
      lowest = 0x10000;
    } else
      return false;
    if (end - at < more) return false;
    for (; more > 0; --more, ++at) {
      if ((*at & 0xc0) != 0x80) return false;
      point = point << 6 | (*at & 0x3fu);
    }
    if (point < lowest || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return false;
  }
  return true;
}

bool is_name(BytesView bytes) {
  if (bytes.empty() || bytes.size() > kNameBytesMax || !is_utf8(bytes)) return false;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto c = static_cast<unsigned char>(bytes[i]);
    if (c < 0x20 || c == 0x7f) return false;
    if (c == 0xc2 && static_cast<unsigned char>(bytes[i + 1]) < 0xa0) return false;  // C1 controls
  }
  return true;
}

namespace detail {

std::size_t begin_frame(Bytes& out) {
  const std::size_t start = out.size();
  out.append(kFrameHeaderBytes, '\0');
  return start;
}

void end_frame(Bytes& out, std::size_t start, const FrameHeader& header, Kind kind,
               BytesView stamps) {
  out.append(padded_to_8(out.size() - start) - (out.size() - start), '\0');
  out.append(stamps);
  char* frame = out.data() + start;
  std::uint16_t flags = static_cast<std::uint16_t>(header.flags & ~kTraced);
  if (!stamps.empty()) flags |= stamps.size() == kTraceIdBytes ? kCarded : kLab;
  store_le(frame, static_cast<std::uint32_t>(out.size() - start));
  frame[8] = static_cast<char>(kWireVersion);
  frame[9] = static_cast<char>(kind);
  store_le(frame + 10, flags);
  put_address(frame, header.address, header.slot);
  seal(frame);
}

bool only_padding(BytesView rest) {
  return rest.size() < 8 && rest.find_first_not_of('\0') == BytesView::npos;
}

}  // namespace detail
}  // namespace trunkline::wire
