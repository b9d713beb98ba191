#include "edge/gateway_port.h"

#include <algorithm>
#include <utility>

namespace trunkline::edge {

void Port::open(wire::Incarnation incarnation, const wire::Now& now) {
  close();
  open_ = true;
  incarnation_ = incarnation;
  heard_us_ = sent_us_ = now.mono_us;
}

void Port::close() {
  *this = Port(notice_gaps_);
}

void Port::added() {
  if (builder_.bytes() >= wire::kPortBatchBytesMax) close_batch();
}

wire::BatchHeader Port::header(std::uint64_t number) const {
  wire::BatchHeader header;
  header.way = wire::Way::port;
  header.epoch = epoch_;
  header.incarnation = incarnation_;
  header.number = number;
  header.consumed = number_taken_;
  return header;
}

void Port::close_batch() {
  closed_.push_back(builder_.take(header(++number_sent_)));
  unconfirmed_.push_back({number_sent_, closed_.back().size()});
  unconfirmed_bytes_ += closed_.back().size();
}

Port::Verdict Port::accept(const wire::BatchView& batch, std::size_t bytes, const wire::Now& now) {
  const wire::BatchHeader& header = batch.header;
  if (!open_ || header.incarnation != incarnation_) return Verdict::ignore;
  if (epoch_ != 0 && header.epoch != epoch_) return Verdict::broken;
  if (header.consumed > number_sent_) return Verdict::broken;
  if (header.number != 0) {
    if (header.number != number_taken_ + 1 && notice_gaps_) return Verdict::broken;
    number_taken_ = header.number;
    owed_bytes_ += bytes;
  }
  heard_us_ = now.mono_us;
  number_confirmed_ = std::max(number_confirmed_, header.consumed);
  while (!unconfirmed_.empty() && unconfirmed_.front().number <= number_confirmed_) {
    unconfirmed_bytes_ -= unconfirmed_.front().bytes;
    unconfirmed_.pop_front();
  }
  return Verdict::take;
}

bool Port::is_broken(const wire::Now& now) const {
  return open_ && (now.mono_us - heard_us_ >= wire::kPortSilenceUs ||
                   unconfirmed_bytes_ >= wire::kPortUnconfirmedBytesMax);
}

void Port::end_turn(const wire::Now& now, bool beating, std::vector<wire::Bytes>& to_rank) {
  if (!open_) return;
  const bool silent = builder_.empty() && closed_.empty();
  if (silent && beating && now.mono_us - sent_us_ >= wire::kBeatEveryUs) {
    builder_.add(wire::FrameHeader{}, wire::Beat{});
  }
  if (!builder_.empty()) close_batch();
  if (!closed_.empty()) {
    sent_us_ = now.mono_us;
    owed_bytes_ = 0;
    for (wire::Bytes& batch : closed_) to_rank.push_back(std::move(batch));
    closed_.clear();
  } else if (owed_bytes_ >= wire::kPortConfirmOwedBytesMax) {
    owed_bytes_ = 0;
    to_rank.push_back(wire::BatchBuilder().take(header(0)));
  }
}

std::int64_t Port::deadline_us(bool beating) const {
  const std::int64_t silence = heard_us_ + wire::kPortSilenceUs;
  return beating ? std::min(silence, sent_us_ + wire::kBeatEveryUs) : silence;
}

}  // namespace trunkline::edge
