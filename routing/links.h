// Links: this rank's side of its connections to all other ranks (protocol sections 3, 8 and 9).
//
// Out: frames gather in two queues, answers before the rest, and leave in batches of about 64 KiB,
// at most four of them unconfirmed. In: batches come numbered without a gap. Confirms ride on any
// batch; one that was still owed when the last turn ended goes alone at the end of this one, so
// that no rank sleeps on it. Doorbells are rung, and rung again, as section 9 says. Rank r watches
// rank r - 1.
//
// The state for a peer is small and fixed; queues own memory only while they hold frames.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "routing/frame_queue.h"
#include "routing/turn.h"

namespace trunkline::routing {

class Links {
 public:
  explicit Links(Turn& turn);

  // ---- out. REQUIRES: peer is another rank of this job.

  // Answers travel before everything else that waits for the same link.
  template <class Payload>
  void answer(wire::RankId peer, const wire::FrameHeader& header, const Payload& payload) {
    answers_room(peer).add(header, payload);
  }
  template <class Payload>
  void add(wire::RankId peer, const wire::FrameHeader& header, const Payload& payload,
           wire::BytesView stamps = {}) {
    room(peer).add(header, payload, stamps);
  }
  // Passes a frame on as it is. Returns its copy, which may be re-flagged until the next call.
  char* forward(wire::RankId peer, const wire::FrameView& frame) {
    return room(peer).add(frame.whole, frame.has(wire::kTraced));
  }
  // More waits for this link than a direct message should wait behind.
  bool congested(wire::RankId peer) const {
    return links_[peer].others.pieces() >= kCongestedPieces;
  }
  // Two batches or more are unconfirmed: where the planted fault drop_answer strikes.
  bool pressed(wire::RankId peer) const { return links_[peer].unconfirmed() >= 2; }

  // ---- in

  // Takes a batch of `peer`; gives its frames, or nothing if it is of another epoch or bare.
  std::optional<wire::BytesView> take(wire::RankId peer, wire::BytesView batch);

  // ---- time

  // Once a second: a BEAT to the rank that watches this one.
  void beat();
  // End of a turn: closes batches within the windows, confirms, rings.
  void close();
  // When close() must run again without any event; kNever: not before something comes.
  std::int64_t wake_at() const;
  // No confirm is owed.
  bool owes_nothing() const;
  // Nothing waits, is unconfirmed or owed.
  bool settled() const { return active_.empty(); }
  // The watched rank, if it has been silent for too long.
  std::optional<wire::RankId> silent_neighbour() const;
  // When that would be.
  std::int64_t silence_at() const;
  // This process itself was stopped for `pause_us`: not the neighbour's silence.
  void forgive(std::int64_t pause_us) {
    neighbour_heard_us_ = std::min(turn_.now.mono_us, neighbour_heard_us_ + pause_us);
  }

  // ---- for inspection
  std::size_t unconfirmed_max() const;
  std::size_t queued_bytes(wire::RankId peer) const;
  std::size_t unconfirmed(wire::RankId peer) const { return links_[peer].unconfirmed(); }
  static std::size_t bytes_per_peer() { return sizeof(Link); }

 private:
  struct Link {
    FrameQueue answers, others;
    std::uint64_t sent = 0, confirmed = 0;  // numbered batches of ours
    std::uint64_t taken = 0, told = 0;      // of the peer's; told: what it knows of `taken`
    std::int64_t sent_us = 0, heard_us = 0;
    std::int64_t ring_at_us = kNever, ring_wait_us = 0;
    std::uint32_t spin_us = 0;  // the peer's last statement
    bool active = false;        // is in active_
    bool owed_before = false;   // a confirm was owed when the last turn ended

    std::size_t unconfirmed() const { return static_cast<std::size_t>(sent - confirmed); }
    bool owes() const { return told != taken; }
    bool waiting() const { return !answers.empty() || !others.empty(); }
    bool settled() const { return unconfirmed() == 0 && !owes() && !waiting(); }
  };
  // A peer costs this much whatever the traffic; copy streams and credit have their share too.
  static_assert(sizeof(Link) <= 256);
  // Direct messages wait behind no more than what a whole window holds.
  static constexpr std::size_t kCongestedPieces = wire::kLinkBatchesUnconfirmedMax;

  wire::BatchBuilder& room(wire::RankId peer) {
    activate(peer);
    return links_[peer].others.room();
  }
  wire::BatchBuilder& answers_room(wire::RankId peer) {
    activate(peer);
    return links_[peer].answers.room();
  }
  void activate(wire::RankId peer) {
    if (links_[peer].active) return;
    links_[peer].active = true;
    active_.push_back(peer);
  }
  void close(wire::RankId peer);
  void send_batch(wire::RankId peer);
  void send(wire::RankId peer, wire::BatchBuilder batch, std::uint64_t number);
  void ring_if_needed(wire::RankId peer, bool first);
  void ring_again(wire::RankId peer);
  void confirm_up_to(Link& link, wire::RankId peer, std::uint64_t consumed);
  std::int64_t first_wait_us(wire::RankId peer) const;
  std::int64_t next_ring_at(wire::RankId peer) const;
  bool watches() const { return turn_.ranks() > 1; }
  wire::RankId watched() const;

  Turn& turn_;
  std::vector<Link> links_;
  std::vector<wire::RankId> active_;  // in the order in which they became so
  std::int64_t neighbour_heard_us_ = 0;
  bool neighbour_known_ = false;  // the clock of silence has begun
};

}  // namespace trunkline::routing
