// Batches: what crosses a port (ZeroMQ) or a link (MPI) in one turn, as one message.
//
// Numbered from 1 in one incarnation (port) or epoch (link). `consumed` is a running count of the
// peer's numbered batches that were taken, and is the only confirm there is. A batch with number 0
// carries nothing but `consumed`; it is not itself confirmed, and wakes nobody.
#pragma once

#include "wire/codec.h"

namespace trunkline::wire {

enum class Way : std::uint8_t { port = 1, link = 2 };  // never renumber

// Offsets: 0 length, 4 crc32c of [8, 48), 8 version, 9 way, 10 flags, 12 epoch, 16 incarnation,
// 24 number, 32 consumed, 40 spin_us, 44 frames. Frames carry their own checksums.
struct BatchHeader {
  std::uint32_t length = 0;  // header and frames
  Way way = Way::port;
  std::uint16_t flags = 0;      // kBatchLab: some frame carries a trace
  Epoch epoch = 0;              // 0 from an edge that does not know it yet
  Incarnation incarnation = 0;  // ports only
  std::uint64_t number = 0;     // 0: a bare confirm
  std::uint64_t consumed = 0;
  std::uint32_t spin_us = 0;  // links only: how long the sender spins before it sleeps
  std::uint32_t frames = 0;
};
inline constexpr std::uint16_t kBatchLab = 1;

struct BatchView {
  BatchHeader header;
  BytesView frames;  // one after the other; take them with next_frame()
};

// Collects the frames of one turn for one peer. Reused: take() leaves it empty with its memory kept
// by the batch that was taken.
class BatchBuilder {
 public:
  bool empty() const { return frames_ == 0; }
  std::size_t bytes() const { return body_.size(); }
  std::uint32_t frames() const { return frames_; }

  template <class Payload>
  void add(const FrameHeader& header, const Payload& payload, BytesView stamps = {}) {
    reserve_header();
    encode(body_, header, payload, stamps);
    ++frames_;
    if (!stamps.empty()) flags_ |= kBatchLab;
  }
  // A frame that came from elsewhere, as it is. Returns its place here, for readdress() and
  // reflag(), until the next call.
  char* add(BytesView frame, bool lab) {
    reserve_header();
    body_.append(frame);
    ++frames_;
    if (lab) flags_ |= kBatchLab;
    return body_.data() + body_.size() - frame.size();
  }
  // All frames of another builder, behind those that are here.
  void add_all(const BatchBuilder& other);
  // The batch with `header` (its length, frames and lab flag are set here), and an empty builder.
  Bytes take(BatchHeader header);
  void clear();

 private:
  void reserve_header() {
    if (body_.empty()) body_.append(kBatchHeaderBytes, '\0');
  }
  Bytes body_;
  std::uint32_t frames_ = 0;
  std::uint16_t flags_ = 0;
};

// Reads a batch that fills `bytes` exactly.
Result<BatchView> decode_batch(BytesView bytes, Way way);
// Takes the first frame off `frames`. REQUIRES: not empty.
Result<FrameView> next_frame(BytesView& frames);

}  // namespace trunkline::wire
