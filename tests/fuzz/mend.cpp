#include "tests/fuzz/mend.h"

#include "wire/batch.h"
#include "wire/crc32c.h"
#include "wire/record.h"

namespace trunkline::fuzz {

using wire::Bytes;
using wire::BytesView;
using wire::load_le;
using wire::store_le;

namespace {

// What a length field says, where whole units of 8 bytes lie there; else all that does.
std::size_t length_in(BytesView bytes, std::size_t header_bytes) {
  const std::size_t said = load_le<std::uint32_t>(bytes.data());
  const bool fits = said >= header_bytes && said <= bytes.size() && said % 8 == 0;
  return fits ? said : bytes.size() / 8 * 8;
}

}  // namespace

Bytes mended_frame(BytesView bytes) {
  if (bytes.size() < wire::kFrameHeaderBytes) return {};
  Bytes frame(bytes.substr(0, length_in(bytes, wire::kFrameHeaderBytes)));
  char* at = frame.data();
  store_le(at, static_cast<std::uint32_t>(frame.size()));
  at[8] = static_cast<char>(wire::kWireVersion);
  auto flags = static_cast<std::uint16_t>(load_le<std::uint16_t>(at + 10) & wire::kKnownFlags);
  if ((flags & wire::kTraced) == wire::kTraced ||
      frame.size() < wire::kFrameHeaderBytes + wire::trace_bytes(flags)) {
    flags = static_cast<std::uint16_t>(flags & ~wire::kTraced);
  }
  store_le(at + 10, flags);
  store_le(at + 20, std::uint32_t{0});
  wire::reflag(at, 0, 0);  // writes the checksum
  return frame;
}

Bytes mended_frames(BytesView bytes) {
  Bytes out;
  while (bytes.size() >= wire::kFrameHeaderBytes) {
    const Bytes frame = mended_frame(bytes);
    out += frame;
    bytes.remove_prefix(frame.size());
  }
  return out.append(bytes);
}

Bytes mended_batch(BytesView bytes) {
  if (bytes.size() < wire::kBatchHeaderBytes) return {};
  Bytes batch(bytes.substr(0, wire::kBatchHeaderBytes));
  batch += mended_frames(bytes.substr(wire::kBatchHeaderBytes));
  char* at = batch.data();
  store_le(at, static_cast<std::uint32_t>(batch.size()));
  at[8] = static_cast<char>(wire::kWireVersion);
  at[9] = static_cast<char>((at[9] & 1) != 0 ? wire::Way::port : wire::Way::link);
  store_le(at + 10, static_cast<std::uint16_t>(load_le<std::uint16_t>(at + 10) & wire::kBatchLab));
  store_le(at + 4, wire::crc32c({at + 8, wire::kBatchHeaderBytes - 8}));
  return batch;
}

Bytes mended_record(BytesView bytes) {
  if (bytes.size() < wire::kRecordHeaderBytes) return {};
  Bytes record(bytes.substr(0, length_in(bytes, wire::kRecordHeaderBytes)));
  char* at = record.data();
  store_le(at, static_cast<std::uint32_t>(record.size()));
  at[8] = static_cast<char>(wire::kRecordVersion);
  for (std::size_t i = 10; i < wire::kRecordHeaderBytes; ++i) at[i] = 0;
  store_le(at + 4, wire::crc32c(BytesView(record).substr(8)));
  return record;
}

Bytes mended_account(BytesView bytes) {
  if (bytes.size() < 4) return {};
  Bytes account(bytes);
  store_le(account.data(), wire::crc32c(BytesView(account).substr(4)));
  return account;
}

}  // namespace trunkline::fuzz
