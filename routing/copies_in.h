// Copy streams, at their target: copies of what the users of this rank have sent enter their own
// mailboxes. Each carries its place in the log that it comes from, so it is written once; it is
// never refused, and where there is no room the stream waits (protocol section 4, copy streams).
#pragma once

#include <memory>

#include "routing/commits.h"
#include "routing/links.h"
#include "routing/mailboxes.h"

namespace trunkline::routing {

class CopiesIn {
 public:
  CopiesIn(Turn& turn, Links& links, Mailboxes& mailboxes, Commits& commits);

  void take(wire::RankId source, const wire::Copy& copy);
  // Goes on where a mailbox had to be read, or where there was no room.
  void resume();

  void settle(const QueuedCopy& queued);
  void undo(const QueuedCopy& queued);
  // After all of a commit are settled: tells the sources what is durable.
  void confirm();

 private:
  struct Frame {
    wire::Lsn position = 0;
    wire::Bytes records;
    bool queued = false;  // all its records are
  };
  struct Source {
    wire::LogId log = 0;
    wire::Lsn queued = 0, durable = 0;      // positions in that log
    std::size_t under_way = 0;              // records queued and not yet durable
    boost::container::deque<Frame> frames;  // until they are durable
    bool settled_some = false;
  };
  bool queue(wire::RankId rank, Source& source, Frame& frame);
  bool queue(wire::RankId rank, Source& source, wire::MessageRecord record);
  void work(wire::RankId rank, Source& source);
  void confirm(wire::RankId rank, Source& source);

  Turn& turn_;
  Links& links_;
  Mailboxes& mailboxes_;
  Commits& commits_;
  boost::unordered_flat_map<wire::RankId, std::unique_ptr<Source>> sources_;
  boost::unordered_flat_map<wire::LogId, wire::Lsn> opened_at_;  // positions of earlier lives
  std::vector<wire::RankId> stalled_, settled_;
};

}  // namespace trunkline::routing
