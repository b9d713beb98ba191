// Reads that are under way, each with what it is for. A store answers in any order, and maybe in a
// later turn; whoever asked has pinned the mailbox that the purpose points to.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <variant>

#include "routing/mailbox.h"
#include "routing/turn.h"

namespace trunkline::routing {

struct ForMailbox {  // the mailbox itself
  Mailbox* mailbox;
};
struct ForSender {  // what is remembered of one sending device
  Mailbox* mailbox;
  Sender* sender;
};
struct ForQuota {  // the record at `cursor`, the highest one
  Mailbox* mailbox;
  wire::Mseq cursor;
};
struct ForPump {  // messages for the session that was registered so
  Mailbox* mailbox;
  wire::Bytes device;
  wire::Sepoch sepoch;
  wire::Address address;
};
struct ForHistory {
  wire::Address session;
  wire::Bytes ref;
};
struct ForCopies {
  wire::RankId target;
};
struct ForVerifier {  // of a login, or of a guess
  wire::Address session;
  wire::Bytes user;
};
struct ForAccounts {  // one part of `user_list`
  wire::Address asker;
  bool first;
};
using Purpose = std::variant<ForMailbox, ForSender, ForQuota, ForPump, ForHistory, ForCopies,
                             ForVerifier, ForAccounts>;

class Loads {
 public:
  explicit Loads(Turn& turn) : turn_(turn) {}

  template <class What>
  void ask(What what, Purpose purpose) {
    under_way_.emplace(++last_, std::move(purpose));
    turn_.effects->loads.push_back({last_, std::move(what)});
  }
  // Gives the purpose back. REQUIRES: asked, and not yet taken.
  Purpose take(wire::Ticket ticket);
  bool settled() const { return under_way_.empty(); }

 private:
  Turn& turn_;
  wire::Ticket last_ = 0;
  boost::unordered_flat_map<wire::Ticket, Purpose> under_way_;
};

}  // namespace trunkline::routing
