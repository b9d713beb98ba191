#include "routing/frame_queue.h"

#include <utility>

namespace trunkline::routing {

std::size_t FrameQueue::bytes() const {
  std::size_t sum = front_.bytes();
  if (more_) {
    for (const wire::BatchBuilder& piece : *more_) sum += piece.bytes();
  }
  return sum;
}

wire::BatchBuilder& FrameQueue::room_behind() {
  if (!more_) more_ = std::make_unique<std::deque<wire::BatchBuilder>>();
  if (more_->empty() || more_->back().bytes() >= wire::kLinkBatchBytesMax) more_->emplace_back();
  return more_->back();
}

wire::BatchBuilder FrameQueue::take_front() {
  wire::BatchBuilder piece = std::exchange(front_, {});
  if (more_) {
    front_ = std::move(more_->front());
    more_->pop_front();
    if (more_->empty()) more_.reset();
  }
  return piece;
}

}  // namespace trunkline::routing
