#include "tests/sim/road_judge.h"

#include <functional>

#include "tests/sim/violation.h"
#include "tests/sim/world.h"

namespace trunkline::sim {
namespace {

void for_each_frame(wire::BytesView bytes, wire::Way way,
                    const std::function<void(const wire::FrameView&)>& visit) {
  const auto batch = wire::decode_batch(bytes, way);
  if (!batch) throw Violation{"frames", "a batch does not read"};
  for (wire::BytesView frames = batch->frames; !frames.empty();) {
    const auto frame = wire::next_frame(frames);
    if (!frame) throw Violation{"frames", "a frame does not read"};
    visit(*frame);
  }
}

wire::BatchHeader header_of(wire::BytesView bytes, wire::Way way) {
  const auto batch = wire::decode_batch(bytes, way);
  if (!batch) throw Violation{"frames", "a batch does not read"};
  return batch->header;
}

std::string road(wire::RankId from, wire::RankId to) {
  return "rank " + std::to_string(from) + " to rank " + std::to_string(to);
}

}  // namespace

void RoadJudge::job_started() {
  sends_.clear();
  attaches_.clear();
  windows_.clear();
  links_.clear();
}

// ---- ports

RoadJudge::SendKey RoadJudge::key_of(const wire::FrameView& frame, wire::Tag tag) {
  const wire::Address& address = frame.header.address;
  return {address.rank, address.port, address.session, tag};
}

void RoadJudge::port_to_rank(const Pipe&, wire::BytesView batch) {
  const wire::Incarnation incarnation = header_of(batch, wire::Way::port).incarnation;
  for_each_frame(batch, wire::Way::port, [&](const wire::FrameView& frame) {
    if (frame.header.kind == wire::Kind::send) sent(frame, incarnation);
    if (frame.header.kind == wire::Kind::attach) {
      const auto attach = wire::payload_of<wire::Attach>(frame);
      attaches_[key_of(frame, 0)] = {wire::Bytes(attach->user), wire::Bytes(attach->device)};
    }
    if (frame.header.kind != wire::Kind::taken) return;
    const auto taken = wire::payload_of<wire::Taken>(frame);
    Window& window = windows_[{incarnation, frame.header.address.session}];
    while (!window.records.empty() && window.records.front().first <= taken->mseq) {
      window.bytes -= window.records.front().second;
      window.records.pop_front();
    }
  });
}

void RoadJudge::sent(const wire::FrameView& frame, wire::Incarnation incarnation) {
  const auto send = wire::payload_of<wire::Send>(frame);
  const LetterKey letter{serial_of(send->message.body), wire::Bytes(send->message.to)};
  sends_[key_of(frame, send->tag)] = {letter, incarnation, 0};
}

void RoadJudge::port_to_edge(const Pipe& pipe, wire::BytesView batch) {
  const wire::Incarnation incarnation = header_of(batch, wire::Way::port).incarnation;
  for_each_frame(batch, wire::Way::port, [&](const wire::FrameView& frame) {
    switch (frame.header.kind) {
      case wire::Kind::refused:
        refused(frame);
        [[fallthrough]];
      case wire::Kind::stored:
      case wire::Kind::fenced:
        return answered(frame);
      case wire::Kind::deliver:
        return delivered(frame, incarnation);
      case wire::Kind::attached: {
        attached(frame);
        const Socket* socket = pipe.edge->find(frame.header.address.session);
        const wire::Sepoch sepoch = wire::payload_of<wire::Attached>(frame)->sepoch;
        if (socket != nullptr) world_.mail.login_arrives(*socket, sepoch);
        return;
      }
      default:
        return;
    }
  });
}

void RoadJudge::attached(const wire::FrameView& frame) {
  const auto found = attaches_.find(key_of(frame, 0));
  if (found == attaches_.end()) throw Violation{"I7", "ATTACHED to no ATTACH"};
  const auto& [user, device] = found->second;
  world_.mail.login_given(user, device, wire::payload_of<wire::Attached>(frame)->sepoch);
}

void RoadJudge::answered(const wire::FrameView& frame) {
  wire::Tag tag = 0;
  wire::Reader(frame.payload).number(tag);
  const auto found = sends_.find(key_of(frame, tag));
  if (found == sends_.end()) throw Violation{"I8", "an answer to no SEND"};
  if (++found->second.answers > 1) {
    throw Violation{"I8", "two answers to letter " + std::to_string(found->second.letter.first)};
  }
}

// Seen wherever it leaves a rank: the client may never hear of it, the order is free of it.
void RoadJudge::refused(const wire::FrameView& frame) {
  wire::Tag tag = 0;
  wire::Reader(frame.payload).number(tag);
  const auto found = sends_.find(key_of(frame, tag));
  if (found != sends_.end()) world_.mail.refused(found->second.letter);
}

void RoadJudge::delivered(const wire::FrameView& frame, wire::Incarnation incarnation) {
  wire::Mseq mseq = 0;
  wire::Reader(frame.payload).number(mseq);
  Window& window = windows_[{incarnation, frame.header.address.session}];
  // A window counts records, whose envelope is not a frame's: some slack for each.
  const std::size_t slack = 256 * (window.records.size() + 1);
  if (window.records.size() >= wire::kPumpRecordsMax ||
      window.bytes >= wire::kPumpBytesMax + slack) {
    throw Violation{"I9", "a pump has " + std::to_string(window.records.size()) + " records, " +
                              std::to_string(window.bytes) + " bytes out and sends on"};
  }
  window.records.emplace_back(mseq, frame.whole.size());
  window.bytes += frame.whole.size();
}

void RoadJudge::port_ended(wire::Incarnation incarnation) {
  ended_.insert(incarnation);
}

// ---- links

void RoadJudge::link_sent(wire::RankId from, wire::RankId to, wire::BytesView batch) {
  const wire::BatchHeader header = header_of(batch, wire::Way::link);
  Link& out = link(from, to);
  link(to, from).told_taken = header.consumed;
  if (header.number != 0) {
    if (header.number != out.sent + 1) throw Violation{"I8", road(from, to) + ": a gap"};
    out.sent = header.number;
    if (out.sent - out.confirmed > wire::kLinkBatchesUnconfirmedMax) {
      throw Violation{"I9", road(from, to) + ": too many batches unconfirmed"};
    }
  }
  for_each_frame(batch, wire::Way::link, [&](const wire::FrameView& frame) {
    if (frame.header.kind == wire::Kind::refused) refused(frame);
    if (frame.header.kind == wire::Kind::attached) attached(frame);
    if (frame.header.kind != wire::Kind::copy) return;
    const auto copy = wire::payload_of<wire::Copy>(frame);
    if (copy->position > world_.ranks[from].disk().log.last()) {
      throw Violation{"I10", road(from, to) + ": a copy of what is not committed"};
    }
  });
}

void RoadJudge::link_taken(wire::RankId from, wire::RankId to, wire::BytesView batch) {
  const wire::BatchHeader header = header_of(batch, wire::Way::link);
  if (header.number != 0) link(from, to).taken = header.number;
  Link& back = link(to, from);
  back.confirmed = std::max(back.confirmed, header.consumed);
}

void RoadJudge::rank_sleeps(const Rank& rank, std::int64_t now_us, std::int64_t wake_at_us) {
  for (wire::RankId peer = 0; peer < world_.plan.ranks; ++peer) {
    const Link& in = link(peer, rank.self());
    if (in.taken != in.told_taken) {
      throw Violation{"I11", road(peer, rank.self()) + ": sleeps and owes a confirm"};
    }
    const Link& out = link(rank.self(), peer);
    if (out.sent > out.confirmed && wake_at_us - now_us > wire::kReringMaxUs) {
      throw Violation{"I11", road(rank.self(), peer) + ": sleeps long with a batch unconfirmed"};
    }
  }
}

// ---- sums

void RoadJudge::judge_sums() {
  for (const Edge& edge : world_.edges) {
    if (!edge.alive()) continue;
    const auto& counters = edge.gateway().counters();
    if (counters.held > wire::kHeldPerPortMax ||
        counters.held_bytes >= wire::kHeldBytesPerPortMax + wire::kClusterFrameBytesMax) {
      throw Violation{"I9", "an edge holds too much"};
    }
    for (const auto& session : edge.gateway().sessions()) {
      if (session.held > wire::kHeldPerSessionMax ||
          session.held_bytes >= wire::kHeldBytesPerSessionMax + wire::kClusterFrameBytesMax) {
        throw Violation{"I9", "a session holds too much"};
      }
    }
  }
  for (const Rank& rank : world_.ranks) {
    if (!rank.alive()) continue;
    const auto inspection = rank.router().inspect();
    if (inspection.send_bytes_outstanding_max >=
        wire::send_bytes_outstanding_max(world_.plan.ranks) + wire::kClusterFrameBytesMax) {
      throw Violation{"I9", "too many bytes of SENDs outstanding to one home"};
    }
  }
}

void RoadJudge::judge_end() {
  for (const auto& [key, sent] : sends_) {
    if (sent.answers == 0 && !ended_.contains(sent.incarnation)) {
      throw Violation{"I8", "letter " + std::to_string(sent.letter.first) + " got no answer"};
    }
  }
  std::map<std::pair<wire::Bytes, wire::Bytes>, wire::Sepoch> registered;
  for (const Rank& rank : world_.ranks) {
    if (!rank.alive()) continue;
    for (const auto& entry : rank.router().inspect().registry) {
      if (!registered.emplace(std::pair(entry.user, entry.device), entry.sepoch).second) {
        throw Violation{"I7", entry.user + "/" + entry.device + " is registered twice"};
      }
    }
  }
  for (const Edge& edge : world_.edges) {
    for (const auto& session : edge.gateway().sessions()) {
      if (!session.attached) continue;
      const auto found = registered.find({session.user, session.device});
      if (found == registered.end() || found->second != session.sepoch) {
        throw Violation{"I7", session.user + "/" + session.device +
                                  " is attached and not the one that is registered"};
      }
      registered.erase(found);
    }
  }
  if (registered.empty()) return;
  const auto& [user, device] = registered.begin()->first;
  throw Violation{"I7", user + "/" + device + " is registered and nowhere attached"};
}

}  // namespace trunkline::sim
