// Tracing: what a process does for the messages of a laboratory run. At each stage of its road a
// message is stamped in its own block (stamps.h) and, while the trace of the process is on, leaves
// a postcard: 24 bytes in a ring of the thread that has it in hand. Postcards tell stages that a
// block has no room for (a queue, a commit, a rank visited twice), and need no block: a frame may
// carry its trace id alone (kCarded).
//
// The one part of wire/ that is not pure: all programs share it. Other messages pay one branch a
// batch. The rings are made when the trace is switched on; a full one loses its oldest card, and
// counts it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "wire/batch.h"
#include "wire/stamps.h"

namespace trunkline::wire {

// Never renumber. Those below 16 are those of Stamp.
enum class Stage : std::uint16_t {
  client_send = 0,
  edge_in = 1,
  edge_out = 2,
  rank_in = 3,
  rank_link = 4,
  rank_matched = 5,
  rank_out = 6,
  edge_back = 7,
  edge_write = 8,
  client_receive = 9,
  edge_decided = 16,  // read and checked; it waits for its batch
  rank_routed = 17,   // the router has taken it
  store_asked = 18,   // handed to the store
  commit_begun = 19,  // the writer has taken it into a transaction
  committed = 20,     // the disk has it
  rank_durable = 21,  // the rank knows that
  edge_written = 22,  // the write begins by which the kernel has all of it for the client
  client_due = 23,    // when it was to be sent; the laboratory's own
};

// As it lies in a ring and on the wire, little-endian.
struct Card {
  std::uint64_t id = 0, ns = 0;  // of the message; when, by stamp_clock_ns()
  Stage stage = Stage::client_send;
  std::uint16_t node = 0;    // stamp_node()
  std::uint32_t detail = 0;  // rank_in, rank_matched: see below; else 0
};
inline constexpr std::size_t kCardBytes = 24;
// The turn that took a message: what the rank did before, and when it began.
struct Turn {
  Idle idle = Idle::untold;
  std::uint64_t began_ns = 0;  // by stamp_clock_ns(); 0: not told
};
// As a card has it.
struct TurnDetail {
  Idle idle = Idle::untold;
  std::uint32_t begun_ns = 0;  // so long before `ns`; at most 2^28 - 1, which is 268 ms
};
std::uint32_t encoded(const TurnDetail& turn);
TurnDetail turn_detail(std::uint32_t detail);

Bytes encoded(const Card& card);
// Of raw cards one after the other; a rest shorter than a card is left out.
std::vector<Card> decode_cards(BytesView bytes);

// By which the cards of one message find each other. 0: it is not traced.
std::uint64_t trace_id(const StampBlock& block);
std::uint64_t trace_id(BytesView stamps);  // of FrameView::stamps, MessageRecord::stamps
std::uint64_t trace_id_of_record(BytesView record);
Bytes encoded_trace_id(std::uint64_t id);  // as a frame's trace; 0: of one that is not sampled

inline constexpr std::size_t kCardsPerRingMax = 1 << 22;  // 100 MB
inline constexpr std::size_t kCardsPerRing = 1 << 16;     // 1.5 MB
inline constexpr std::size_t kCardsPerAnswer = 1'000;     // in one frame

class Trace;

// The cards of one thread. Threads: the one whose it is; Trace may be asked from others.
class TraceRing {
 public:
  explicit TraceRing(const Trace& trace) : trace_(trace) {}

  bool on() const;
  // Nothing while the trace is off, or without an id.
  void add(std::uint64_t id, Stage stage, std::uint64_t ns, std::uint32_t detail = 0);
  void add(std::uint64_t id, Stage stage);  // now

 private:
  friend class Trace;
  const Trace& trace_;
  std::mutex mutex_;
  std::vector<Card> cards_;
  std::uint64_t added_ = 0, taken_ = 0;  // since it was switched on; lost ones count as taken
  std::uint64_t lost_ = 0;
};

// Of one process. Threads: any.
class Trace {
 public:
  // A new ring, for one thread; it lives as long as this.
  TraceRing& ring();
  bool on() const { return on_.load(std::memory_order_relaxed); }

  // `trunkline admin trace`, as a rank or an edge answers it: "on" or "on CARDS" (begins with
  // empty rings of so many), "off" and "status" give JSON: on, cards (waiting to be taken), lost.
  // "take" gives the oldest cards raw, and they are gone; none: there is no more, and
  // where the trace is off, its memory is given back. Else done is
  // false, and the text says why.
  struct Answer {
    bool done = false;
    Bytes text;
  };
  Answer obey(BytesView argument);

 private:
  void switch_on(std::size_t cards_per_ring);
  Bytes status() const;
  Bytes take(std::size_t cards_max);

  std::atomic<bool> on_ = false;
  mutable std::mutex mutex_;
  std::size_t cards_per_ring_ = kCardsPerRing;
  std::vector<std::unique_ptr<TraceRing>> rings_;
};
inline bool TraceRing::on() const {
  return trace_.on();
}

// ---- a frame or a batch at a stage of its road

// Stamps a traced frame, and adds its card. REQUIRES: a whole frame.
void mark_frame(char* frame, Stamp stage, TraceRing& ring, const Turn& turn = {});
// Every traced frame of a batch; one branch where it has none. The batch may be from outside, and
// not yet checked.
void mark_batch(char* batch, std::size_t size, Stamp stage, TraceRing& ring, const Turn& turn = {});
// A card alone, for each traced frame of a batch, while the trace is on.
void card_batch(BytesView batch, Stage stage, TraceRing& ring);

}  // namespace trunkline::wire
