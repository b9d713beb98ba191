// The gateway's side of a port: incarnation, batch numbers, confirms, beats, silence. It knows that
// frames are lost or not, never what they say (protocol sections 3, 4 rule 6, 9).
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "wire/batch.h"

namespace trunkline::edge {

class Port {
 public:
  // `notice_gaps` false: a planted fault (no_link_sequence).
  explicit Port(bool notice_gaps) : notice_gaps_(notice_gaps) {}

  // A new socket: everything of the old one is forgotten, HELLO must be the first frame.
  void open(wire::Incarnation incarnation, const wire::Now& now);
  void close();
  bool is_open() const { return open_; }
  wire::Incarnation incarnation() const { return incarnation_; }
  // HELLO_OK told this; until then batches carry epoch 0.
  void set_epoch(wire::Epoch epoch) { epoch_ = epoch; }

  // The builder of the batch that is being filled; call added() after each frame.
  wire::BatchBuilder& builder() { return builder_; }
  void added();
  // Number of the batch that the next frame travels in.
  std::uint64_t number() const { return number_sent_ + 1; }
  // The rank has taken that batch.
  bool confirmed(std::uint64_t number) const { return number <= number_confirmed_; }
  std::size_t unconfirmed_bytes() const { return unconfirmed_bytes_ + builder_.bytes(); }

  enum class Verdict { take, ignore, broken };
  // Judges the header of a batch from the rank, and counts it as taken if it is to be taken.
  Verdict accept(const wire::BatchView& batch, std::size_t bytes, const wire::Now& now);

  // No batch came for kPortSilenceUs, or the rank has left too much unconfirmed.
  bool is_broken(const wire::Now& now) const;
  // Closes what was added; a beat or a bare confirm if it is time. `beating`: HELLO_OK came.
  void end_turn(const wire::Now& now, bool beating, std::vector<wire::Bytes>& to_rank);
  // When end_turn() or is_broken() has something to say next. REQUIRES: is open.
  std::int64_t deadline_us(bool beating) const;

 private:
  void close_batch();
  wire::BatchHeader header(std::uint64_t number) const;

  bool notice_gaps_;
  bool open_ = false;
  wire::Incarnation incarnation_ = 0;
  wire::Epoch epoch_ = 0;
  wire::BatchBuilder builder_;
  std::vector<wire::Bytes> closed_;  // full batches of this turn
  std::uint64_t number_sent_ = 0, number_confirmed_ = 0, number_taken_ = 0;
  struct Unconfirmed {
    std::uint64_t number;
    std::size_t bytes;
  };
  std::deque<Unconfirmed> unconfirmed_;
  std::size_t unconfirmed_bytes_ = 0;
  std::size_t owed_bytes_ = 0;  // taken and not yet confirmed to the rank
  std::int64_t heard_us_ = 0, sent_us_ = 0;
};

}  // namespace trunkline::edge
