#include "wire/batch.h"

#include "wire/crc32c.h"

namespace trunkline::wire {

Bytes BatchBuilder::take(BatchHeader header) {
  reserve_header();
  char* at = body_.data();
  store_le(at, static_cast<std::uint32_t>(body_.size()));
  at[8] = static_cast<char>(kWireVersion);
  at[9] = static_cast<char>(header.way);
  store_le(at + 10, static_cast<std::uint16_t>(header.flags | flags_));
  store_le(at + 12, header.epoch);
  store_le(at + 16, header.incarnation);
  store_le(at + 24, header.number);
  store_le(at + 32, header.consumed);
  store_le(at + 40, header.spin_us);
  store_le(at + 44, frames_);
  store_le(at + 4, crc32c({at + 8, kBatchHeaderBytes - 8}));
  Bytes batch = std::move(body_);
  clear();
  return batch;
}

void BatchBuilder::add_all(const BatchBuilder& other) {
  if (other.empty()) return;
  reserve_header();
  body_.append(other.body_, kBatchHeaderBytes);
  frames_ += other.frames_;
  flags_ |= other.flags_;
}

void BatchBuilder::clear() {
  body_.clear();
  frames_ = 0;
  flags_ = 0;
}

Result<BatchView> decode_batch(BytesView bytes, Way way) {
  if (bytes.size() < kBatchHeaderBytes) return DecodeError::too_short;
  const char* at = bytes.data();
  BatchView batch;
  batch.header.length = load_le<std::uint32_t>(at);
  if (batch.header.length < kBatchHeaderBytes) return DecodeError::bad_length;
  if (batch.header.length > bytes.size()) return DecodeError::too_short;
  if (batch.header.length < bytes.size()) return DecodeError::bad_length;
  if (static_cast<std::uint8_t>(at[8]) != kWireVersion) return DecodeError::bad_version;
  if (at[9] != static_cast<char>(way)) return DecodeError::bad_kind;
  batch.header.way = way;
  batch.header.flags = load_le<std::uint16_t>(at + 10);
  if ((batch.header.flags & ~kBatchLab) != 0) return DecodeError::bad_flags;
  if (load_le<std::uint32_t>(at + 4) != crc32c({at + 8, kBatchHeaderBytes - 8})) {
    return DecodeError::bad_checksum;
  }
  batch.header.epoch = load_le<Epoch>(at + 12);
  batch.header.incarnation = load_le<Incarnation>(at + 16);
  batch.header.number = load_le<std::uint64_t>(at + 24);
  batch.header.consumed = load_le<std::uint64_t>(at + 32);
  batch.header.spin_us = load_le<std::uint32_t>(at + 40);
  batch.header.frames = load_le<std::uint32_t>(at + 44);
  batch.frames = bytes.substr(kBatchHeaderBytes);
  return batch;
}

Result<FrameView> next_frame(BytesView& frames) {
  auto frame = decode(frames);
  if (frame) frames.remove_prefix(frame->header.length);
  return frame;
}

}  // namespace trunkline::wire
