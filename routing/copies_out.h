// Copy streams, at their source: the sender's copy of each message that was committed here goes to
// the sender's home, one stream for each other rank (protocol section 4, copy streams). They are
// read from the committed log, never from what is queued; what the target has confirmed is kept in
// a record, so that a restart goes on from there.
#pragma once

#include <memory>

#include "routing/commits.h"
#include "routing/links.h"
#include "routing/loads.h"

namespace trunkline::routing {

class CopiesOut {
 public:
  CopiesOut(Turn& turn, Links& links, Loads& loads, Commits& commits);

  // Once, in the first turn: looks what earlier lives have left to copy.
  void start();
  // A message was committed whose sender is at home on `target`.
  void committed(wire::RankId target);
  void loaded(wire::RankId target, const wire::CopiesLoaded& loaded);
  // `target` has committed the copies.
  void copied(wire::RankId target, const wire::Copied& copied);

  // End of a turn: keeps the positions that moved; `riding`: something else is being committed.
  void flush(bool riding);
  void undo(const QueuedCopied& queued);
  std::int64_t flush_at() const {
    return dirty_.empty() || turn_.full ? kNever : dirty_since_us_ + wire::kCursorFlushUs;
  }

  wire::Lsn position(wire::RankId target) const { return streams_[target].confirmed; }
  static std::size_t bytes_per_peer() { return sizeof(Stream); }

 private:
  struct Stream {
    wire::Lsn sent = 0, confirmed = 0;
    struct Frame {
      wire::Lsn position;
      std::size_t bytes;
    };
    std::vector<Frame> window;  // sent, not yet confirmed
    std::size_t window_bytes = 0;
    bool loading = false;
    bool more = false;   // the log may hold records behind `sent`
    bool dirty = false;  // `confirmed` moved since its record was last queued
  };
  void read(wire::RankId target);
  void send(wire::RankId target, const wire::Bytes& records, wire::Lsn position);
  void mark(wire::RankId target);

  Turn& turn_;
  Links& links_;
  Loads& loads_;
  Commits& commits_;
  std::vector<Stream> streams_;  // by rank
  std::vector<wire::RankId> dirty_;
  std::int64_t dirty_since_us_ = 0;
};

}  // namespace trunkline::routing
