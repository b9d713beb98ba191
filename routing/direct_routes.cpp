#include "routing/direct_routes.h"

#include <algorithm>

namespace trunkline::routing {

using wire::BytesView;
using wire::FrameView;
using wire::RankId;

namespace {

// Hints a rank keeps. Beyond it begins again: a hint costs one frame by way of the home to learn.
constexpr std::size_t kHintsMax = 65'536;
// Ranks of which a home remembers that it gave them a hint for one user: bounded, whatever the
// number of ranks. One too many is taught again, no more.
constexpr std::size_t kHintedMax = 16;

// `to` of a direct message; empty if the frame is not one.
BytesView receiver_of(const FrameView& frame) {
  const auto direct = wire::payload_of<wire::Direct>(frame);
  return direct ? direct->message.to : BytesView();
}

}  // namespace

char* DirectRoutes::forward(RankId rank, const FrameView& frame) {
  if (links_.congested(rank)) {
    ++turn_.counters.direct_dropped_pressure;
    return nullptr;
  }
  return links_.forward(rank, frame);
}

bool DirectRoutes::from_port(const FrameView& frame) {
  ++turn_.counters.direct_in;
  const RankId home = turn_.slots.rank_of(frame.header.slot);
  if (home == turn_.self()) return true;
  if (turn_.config.routes == Routes::hint) {
    const BytesView receiver = receiver_of(frame);
    const auto known = hints_.find(receiver);
    if (known != hints_.end() && known->second.rank == turn_.self()) {
      if (deliver_here(frame, receiver, true)) return false;
      ++turn_.counters.direct_detours;
      if (char* copy = forward(home, frame)) wire::reflag(copy, wire::kDetoured, 0);
      return false;
    }
    if (known != hints_.end() && known->second.rank != wire::kNoRank) {
      if (char* copy = forward(known->second.rank, frame)) wire::reflag(copy, wire::kByHint, 0);
      return false;
    }
  }
  forward(home, frame);
  return false;
}

bool DirectRoutes::from_link(FrameView& frame) {
  if (frame.has(wire::kFromHome)) {
    deliver_here(frame, receiver_of(frame), false);
    return false;
  }
  if (!frame.has(wire::kByHint)) return true;
  if (deliver_here(frame, receiver_of(frame), true)) return false;
  // The hint was stale: to the home, once.
  ++turn_.counters.direct_detours;
  const RankId home = turn_.slots.rank_of(frame.header.slot);
  frame.header.flags =
      static_cast<std::uint16_t>((frame.header.flags & ~wire::kByHint) | wire::kDetoured);
  if (home == turn_.self()) return true;
  if (char* copy = forward(home, frame)) wire::reflag(copy, wire::kDetoured, wire::kByHint);
  return false;
}

bool DirectRoutes::deliver_here(const FrameView& frame, BytesView user, bool if_sole) {
  const Residents::Resident* resident = residents_.find(user);
  if (resident == nullptr || (if_sole && !resident->sole)) {
    if (!if_sole) ++turn_.counters.direct_dropped_offline;
    return false;
  }
  for (const wire::Address& session : resident->sessions) deliver(frame, session);
  return true;
}

void DirectRoutes::deliver(const FrameView& frame, const wire::Address& session) {
  Port* port = ports_.find(session.port);
  if (port == nullptr) {
    ++turn_.counters.direct_dropped_offline;
  } else if (!port->takes_direct()) {
    ++turn_.counters.direct_dropped_pressure;
  } else {
    ++turn_.counters.direct_delivered;
    wire::readdress(ports_.forward(*port, frame), session, frame.header.slot);
  }
}

void DirectRoutes::hint(const wire::Hint& hint) {
  ++turn_.counters.hints;
  auto known = hints_.find(hint.user);
  if (known == hints_.end()) {
    if (hints_.size() >= kHintsMax) hints_.clear();
    known = hints_.try_emplace(wire::Bytes(hint.user)).first;
  }
  if (hint.version <= known->second.version) return;
  known->second = {hint.rank, hint.version};
}

DirectRoutes::Ranks DirectRoutes::ranks_of(const Mailbox& mailbox) {
  Ranks ranks;
  for (const Device& device : mailbox.devices) {
    if (!device.session) continue;
    const RankId rank = device.session->address.rank;
    if (std::find(ranks.begin(), ranks.end(), rank) == ranks.end()) ranks.push_back(rank);
  }
  return ranks;
}

void DirectRoutes::at_home(Mailbox& mailbox, const FrameView& frame, const wire::Direct& direct) {
  if (!mailbox.exists) {
    ++turn_.counters.refused[static_cast<std::uint8_t>(wire::Code::no_such_user)];
    courier_.answer(frame.header.address, wire::DirectRefused{direct.message.id, direct.message.to,
                                                              wire::Code::no_such_user});
    return;
  }
  const Ranks ranks = ranks_of(mailbox);
  if (ranks.empty()) ++turn_.counters.direct_dropped_offline;
  for (const RankId rank : ranks) {
    if (rank == turn_.self()) {
      for (const Device& device : mailbox.devices) {
        if (device.session && device.session->address.rank == rank) {
          deliver(frame, device.session->address);
        }
      }
    } else if (char* copy = forward(rank, frame)) {
      wire::reflag(copy, wire::kFromHome, wire::kByHint | wire::kDetoured);
    }
  }
  teach(mailbox, ranks, frame.header.address.rank, frame.has(wire::kDetoured));
}

// Tells the sender's rank where the receiver is: when it does not know, and when it was wrong. What
// is here needs no hint: it is found on the way.
void DirectRoutes::teach(Mailbox& mailbox, const Ranks& ranks, RankId sender, bool detoured) {
  if (turn_.config.routes != Routes::hint || sender == turn_.self()) return;
  const bool alone = ranks.size() == 1 && ranks.front() != turn_.self();
  const RankId rank = alone ? ranks.front() : wire::kNoRank;
  auto& hinted = mailbox.hinted;
  const bool told = std::find(hinted.begin(), hinted.end(), sender) != hinted.end();
  if (!detoured && (!alone || told)) return;
  if (alone && mailbox.sole_at != rank) {
    mailbox.sole_at = rank;
    links_.answer(rank, {}, wire::Sole{mailbox.owner, true, ++version_});
  }
  links_.answer(sender, {}, wire::Hint{mailbox.owner, rank, ++version_});
  if (!alone || told) return;
  if (hinted.size() >= kHintedMax) hinted.erase(hinted.begin());
  hinted.push_back(sender);
}

void DirectRoutes::sessions_changed(Mailbox& mailbox) {
  if (mailbox.sole_at == wire::kNoRank) return;
  const Ranks ranks = ranks_of(mailbox);
  if (ranks.size() == 1 && ranks.front() == mailbox.sole_at) return;
  // A rank that the last session has left forgot it by itself.
  if (std::find(ranks.begin(), ranks.end(), mailbox.sole_at) != ranks.end()) {
    links_.answer(mailbox.sole_at, {}, wire::Sole{mailbox.owner, false, ++version_});
  }
  mailbox.sole_at = wire::kNoRank;
  mailbox.hinted.clear();
}

}  // namespace trunkline::routing
