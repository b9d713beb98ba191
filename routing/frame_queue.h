// Frames that wait for a place in a batch, in the order they came, cut into pieces of which each
// fits one batch. Empty, it owns no memory.
#pragma once

#include <deque>
#include <memory>

#include "wire/batch.h"

namespace trunkline::routing {

class FrameQueue {
 public:
  bool empty() const { return front_.empty(); }
  // Of the first piece, header room included; 0 when empty.
  std::size_t front_bytes() const { return front_.bytes(); }
  std::size_t bytes() const;  // of all pieces
  std::size_t pieces() const { return (empty() ? 0 : 1) + (more_ ? more_->size() : 0); }

  // Where the next frame goes. The builder is good for one frame; ask again for the next.
  wire::BatchBuilder& room() {
    if (!more_ && front_.bytes() < wire::kLinkBatchBytesMax) return front_;
    return room_behind();
  }
  // Takes the first piece. REQUIRES: not empty.
  wire::BatchBuilder take_front();

 private:
  wire::BatchBuilder& room_behind();

  wire::BatchBuilder front_;
  std::unique_ptr<std::deque<wire::BatchBuilder>> more_;
};

}  // namespace trunkline::routing
