#include "wire/trace.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "wire/record.h"
#include "wire/stamp_clock.h"

namespace trunkline::wire {
namespace {

constexpr unsigned kIdleShift = 28;
constexpr std::uint32_t kBegunMax = (1u << kIdleShift) - 1;

std::uint16_t flags_of(const char* frame) {
  return load_le<std::uint16_t>(frame + 10);
}

// Calls `what` with each traced frame. A batch from outside is not yet checked frame by frame: it
// stops at what cannot be a frame.
template <class Char, class What>
void for_each_traced(Char* batch, std::size_t size, const What& what) {
  if (size < kBatchHeaderBytes || (load_le<std::uint16_t>(batch + 10) & kBatchLab) == 0) return;
  for (std::size_t at = kBatchHeaderBytes; at + kFrameHeaderBytes <= size;) {
    const std::size_t length = load_le<std::uint32_t>(batch + at);
    if (length < kFrameHeaderBytes || length > size - at) return;
    const std::size_t traced = trace_bytes(flags_of(batch + at));
    if (traced > 0 && length >= kFrameHeaderBytes + traced) what(batch + at);
    at += length;
  }
}

// "", or " " and a number.
std::optional<std::size_t> number_of_cards(BytesView text) {
  if (text.empty()) return kCardsPerRing;
  if (text.front() != ' ') return std::nullopt;
  text.remove_prefix(1);
  std::size_t cards = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, cards);
  const bool read = error == std::errc{} && stop == end && cards > 0 && cards <= kCardsPerRingMax;
  return read ? std::optional(cards) : std::nullopt;
}

std::uint64_t trace_id_of_frame(const char* frame) {
  const std::size_t traced = trace_bytes(flags_of(frame));
  return trace_id(BytesView(frame + load_le<std::uint32_t>(frame) - traced, traced));
}

std::uint32_t detail_of(const Turn& turn, std::uint64_t now_ns) {
  const std::uint64_t begun_ns = turn.began_ns == 0 ? 0 : now_ns - turn.began_ns;
  return encoded(TurnDetail{
      turn.idle, static_cast<std::uint32_t>(std::min<std::uint64_t>(begun_ns, kBegunMax))});
}

void mark(char* frame, Stamp stage, TraceRing& ring, std::uint64_t now_ns, const Turn& turn) {
  if ((flags_of(frame) & kLab) != 0) stamp_frame(frame, stage, now_ns, stamp_node(), turn.idle);
  if (!ring.on()) return;
  ring.add(trace_id_of_frame(frame), static_cast<Stage>(stage), now_ns, detail_of(turn, now_ns));
}

}  // namespace

std::uint32_t encoded(const TurnDetail& turn) {
  return static_cast<std::uint32_t>(turn.idle) << kIdleShift | std::min(turn.begun_ns, kBegunMax);
}

TurnDetail turn_detail(std::uint32_t detail) {
  const std::uint32_t idle = detail >> kIdleShift;
  return {idle < kIdleCount ? static_cast<Idle>(idle) : Idle::untold, detail & kBegunMax};
}

Bytes encoded(const Card& card) {
  Bytes out;
  Writer writer(out);
  writer.number(card.id);
  writer.number(card.ns);
  writer.number(static_cast<std::uint16_t>(card.stage));
  writer.number(card.node);
  writer.number(card.detail);
  return out;
}

std::vector<Card> decode_cards(BytesView bytes) {
  std::vector<Card> cards;
  cards.reserve(bytes.size() / kCardBytes);
  for (; bytes.size() >= kCardBytes; bytes.remove_prefix(kCardBytes)) {
    Reader reader(bytes);
    Card card;
    std::uint16_t stage = 0;
    reader.number(card.id);
    reader.number(card.ns);
    reader.number(stage);
    reader.number(card.node);
    reader.number(card.detail);
    card.stage = static_cast<Stage>(stage);
    cards.push_back(card);
  }
  return cards;
}

std::uint64_t trace_id(const StampBlock& block) {
  if ((block.flags & kSampled) == 0) return 0;
  // The multiplier of Fibonacci hashing: what is due at one moment differs by its sequence number.
  return (block.intended_ns ^ std::uint64_t{block.sequence} << 40) * 0x9e37'79b9'7f4a'7c15;
}

std::uint64_t trace_id(BytesView stamps) {
  if (stamps.size() == kTraceIdBytes) return load_le<std::uint64_t>(stamps.data());
  const auto block = decode_stamps(stamps);
  return block ? trace_id(*block) : 0;
}

Bytes encoded_trace_id(std::uint64_t id) {
  Bytes out;
  Writer(out).number(id);
  return out;
}

std::uint64_t trace_id_of_record(BytesView record) {
  const auto view = decode_record(record);
  if (!view || view->type != RecordType::message) return 0;
  const auto message = record_of<MessageRecord>(*view);
  return message ? trace_id(message->stamps) : 0;
}

// ---- rings

void TraceRing::add(std::uint64_t id, Stage stage, std::uint64_t ns, std::uint32_t detail) {
  if (!on() || id == 0) return;
  const std::lock_guard lock(mutex_);
  if (cards_.empty()) return;
  if (added_ - taken_ == cards_.size()) {
    ++taken_;
    ++lost_;
  }
  cards_[added_++ % cards_.size()] = {id, ns, stage, stamp_node(), detail};
}

void TraceRing::add(std::uint64_t id, Stage stage) {
  if (on()) add(id, stage, stamp_clock_ns());
}

TraceRing& Trace::ring() {
  const std::lock_guard lock(mutex_);
  rings_.push_back(std::make_unique<TraceRing>(*this));
  if (on()) rings_.back()->cards_.resize(cards_per_ring_);
  return *rings_.back();
}

void Trace::switch_on(std::size_t cards_per_ring) {
  const std::lock_guard lock(mutex_);
  cards_per_ring_ = cards_per_ring;
  for (const auto& ring : rings_) {
    const std::lock_guard ring_lock(ring->mutex_);
    ring->cards_.assign(cards_per_ring_, {});
    ring->added_ = ring->taken_ = ring->lost_ = 0;
  }
  on_ = true;
}

Bytes Trace::status() const {
  std::uint64_t waiting = 0, lost = 0;
  const std::lock_guard lock(mutex_);
  for (const auto& ring : rings_) {
    const std::lock_guard ring_lock(ring->mutex_);
    waiting += ring->added_ - ring->taken_;
    lost += ring->lost_;
  }
  return std::string("{\"on\":") + (on() ? "true" : "false") +
         ",\"cards\":" + std::to_string(waiting) + ",\"lost\":" + std::to_string(lost) + "}";
}

Bytes Trace::take(std::size_t cards_max) {
  Bytes out;
  const std::lock_guard lock(mutex_);
  for (const auto& ring : rings_) {
    const std::lock_guard ring_lock(ring->mutex_);
    for (; ring->taken_ < ring->added_ && out.size() < cards_max * kCardBytes; ++ring->taken_) {
      out += encoded(ring->cards_[ring->taken_ % ring->cards_.size()]);
    }
    if (!on() && ring->taken_ == ring->added_) std::vector<Card>().swap(ring->cards_);
  }
  return out;
}

Trace::Answer Trace::obey(BytesView argument) {
  if (argument == "take") return {true, take(kCardsPerAnswer)};
  constexpr BytesView kOn = "on";
  if (argument.starts_with(kOn)) {
    const auto cards_per_ring = number_of_cards(argument.substr(kOn.size()));
    if (!cards_per_ring) {
      return {false, "a ring of a trace has 1 to " + std::to_string(kCardsPerRingMax) + " cards"};
    }
    switch_on(*cards_per_ring);
  } else if (argument == "off") {
    on_ = false;
  } else if (argument != "status") {
    return {false, "of a trace one may ask on, off, status and take"};
  }
  return {true, status()};
}

// ---- marks

void mark_frame(char* frame, Stamp stage, TraceRing& ring, const Turn& turn) {
  mark(frame, stage, ring, stamp_clock_ns(), turn);
}

void mark_batch(char* batch, std::size_t size, Stamp stage, TraceRing& ring, const Turn& turn) {
  std::uint64_t now_ns = 0;
  for_each_traced(batch, size, [&](char* frame) {
    if (now_ns == 0) now_ns = stamp_clock_ns();
    mark(frame, stage, ring, now_ns, turn);
  });
}

void card_batch(BytesView batch, Stage stage, TraceRing& ring) {
  if (!ring.on()) return;
  std::uint64_t now_ns = 0;
  for_each_traced(batch.data(), batch.size(), [&](const char* frame) {
    if (now_ns == 0) now_ns = stamp_clock_ns();
    ring.add(trace_id_of_frame(frame), stage, now_ns);
  });
}

}  // namespace trunkline::wire
