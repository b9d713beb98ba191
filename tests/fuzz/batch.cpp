// Batches on ports and links, as they come from a ZeroMQ or MPI message. What decodes, frames and
// all, is built again as the same bytes; stamping it changes stamps and nothing else.
#include "tests/fuzz/mend.h"
#include "tests/fuzz/target.h"
#include "wire/trace.h"

namespace trunkline::fuzz {
namespace {

using namespace wire;

// The batch built from the frames of another; `whole`: all of it were frames.
BatchBuilder rebuilt(BytesView frames, bool& whole) {
  BatchBuilder builder;
  whole = true;
  while (!frames.empty()) {
    const std::size_t before = frames.size();
    const auto frame = next_frame(frames);
    whole = frame.has_value();
    if (!whole) {
      TRUNKLINE_CHECK(frames.size() == before, "what is no frame is not taken");
      break;
    }
    builder.add(frame->whole, frame->has(kTraced));
  }
  return builder;
}

void check_stamping(Bytes batch, Way way) {
  const Bytes before = batch;
  Trace trace;
  mark_batch(batch.data(), batch.size(), Stamp::rank_in, trace.ring());
  const auto stamped = decode_batch(batch, way);
  TRUNKLINE_CHECK(stamped.has_value(), "a stamped batch is one");
  BytesView left = stamped->frames;
  BytesView untouched = BytesView(before).substr(kBatchHeaderBytes);
  while (!untouched.empty()) {
    const auto was = next_frame(untouched);
    if (!was) break;
    const auto is = next_frame(left);
    TRUNKLINE_CHECK(is && is->payload == was->payload && is->whole.size() == was->whole.size(),
                    "stamps change no payload");
  }
}

void check_batch(BytesView bytes, Way way) {
  const auto batch = decode_batch(bytes, way);
  if (!batch) {
    TRUNKLINE_CHECK(to_string(batch.error()) != "unknown", "an error has a name");
    return;
  }
  TRUNKLINE_CHECK(batch->header.length == bytes.size() &&
                      batch->frames.size() == bytes.size() - kBatchHeaderBytes,
                  "a batch fills its message");
  bool whole = true;
  BatchBuilder builder = rebuilt(batch->frames, whole);
  if (whole && builder.frames() == batch->header.frames) {
    const Bytes again = builder.take(batch->header);
    const bool lab = (batch->header.flags & kBatchLab) != 0;
    const auto read = decode_batch(again, way);
    TRUNKLINE_CHECK(read && read->frames == batch->frames, "a batch is built as it was read");
    // A sender may set the flag where no frame has stamps; it never leaves it out.
    if (lab || (read->header.flags & kBatchLab) == 0) {
      TRUNKLINE_CHECK(again == bytes, "a batch is written as it was read");
    }
  }
  check_stamping(Bytes(bytes), way);
}

}  // namespace

void try_input(BytesView input) {
  const Bytes mended = mended_batch(input);
  for (const Way way : {Way::port, Way::link}) {
    check_batch(input, way);
    check_batch(mended, way);
  }
}

}  // namespace trunkline::fuzz
