// The direct class (protocol section 7): never stored, never acked, dropped first. A sender's rank
// keeps hints of where a receiver is, given by the receiver's home while all its sessions are on
// one rank; a stale hint costs one detour by way of the home, never two.
#pragma once

#include "routing/courier.h"
#include "routing/mailboxes.h"

namespace trunkline::routing {

class DirectRoutes {
 public:
  DirectRoutes(Turn& turn, Ports& ports, Links& links, Residents& residents, Courier& courier)
      : turn_(turn), ports_(ports), links_(links), residents_(residents), courier_(courier) {}

  // ---- as the sender's rank. True: the frame is for the home here, see at_home().
  bool from_port(const wire::FrameView& frame);
  void hint(const wire::Hint& hint);

  // ---- as a rank with sessions of the receiver. True: as above, with flags that say its way.
  bool from_link(wire::FrameView& frame);
  void sole(const wire::Sole& sole) { residents_.set_sole(sole.user, sole.sole, sole.version); }

  // ---- as the receiver's home. REQUIRES: the mailbox is loaded.
  void at_home(Mailbox& mailbox, const wire::FrameView& frame, const wire::Direct& direct);
  // Before the answer to an attach, and after a session has left: a rank that no longer has all
  // sessions must not go on believing that it has.
  void sessions_changed(Mailbox& mailbox);

 private:
  using Ranks = boost::container::small_vector<wire::RankId, 4>;
  static Ranks ranks_of(const Mailbox& mailbox);
  bool deliver_here(const wire::FrameView& frame, wire::BytesView user, bool if_sole);
  void deliver(const wire::FrameView& frame, const wire::Address& session);
  char* forward(wire::RankId rank, const wire::FrameView& frame);
  void teach(Mailbox& mailbox, const Ranks& ranks, wire::RankId sender, bool detoured);

  Turn& turn_;
  Ports& ports_;
  Links& links_;
  Residents& residents_;
  Courier& courier_;
  struct Known {
    wire::RankId rank = wire::kNoRank;
    std::uint64_t version = 0;
  };
  TextMap<Known> hints_;
  std::uint64_t version_ = 0;  // of what this home has said; rises over all its users
};

}  // namespace trunkline::routing
