// Judges the roads and those who use them: I7 to I9, I10 on the wire, I11. It reads the frames that
// pass, and asks no part what it thinks of itself but for the registries and the gateways' sums.
#pragma once

#include <deque>
#include <map>
#include <set>

#include "tests/sim/letter.h"
#include "wire/batch.h"

namespace trunkline::sim {

class World;
class Rank;
struct Pipe;

class RoadJudge {
 public:
  explicit RoadJudge(World& world) : world_(world) {}

  void job_started();  // everything of the one before is void
  void port_to_rank(const Pipe& pipe, wire::BytesView batch);  // taken by the rank
  void port_to_edge(const Pipe& pipe, wire::BytesView batch);  // sent by the rank
  void port_ended(wire::Incarnation incarnation);
  void link_sent(wire::RankId from, wire::RankId to, wire::BytesView batch);
  void link_taken(wire::RankId from, wire::RankId to, wire::BytesView batch);
  void rank_sleeps(const Rank& rank, std::int64_t now_us, std::int64_t wake_at_us);
  void judge_sums();  // now and then
  void judge_end();   // when all is quiet

 private:
  // A SEND that a rank took: by the session it came from, as answers name it.
  struct SendKey {
    wire::RankId rank;
    wire::PortId port;
    wire::SessionId session;
    wire::Tag tag;
    auto operator<=>(const SendKey&) const = default;
  };
  struct Sent {
    LetterKey letter;
    wire::Incarnation incarnation = 0;
    unsigned answers = 0;
  };
  // What a rank has delivered to one session, and heard no TAKEN of.
  struct Window {
    std::deque<std::pair<wire::Mseq, std::size_t>> records;
    std::size_t bytes = 0;
  };
  struct Link {
    std::uint64_t sent = 0, confirmed = 0;    // at the sender
    std::uint64_t taken = 0, told_taken = 0;  // at the receiver
  };

  static SendKey key_of(const wire::FrameView& frame, wire::Tag tag);
  void sent(const wire::FrameView& frame, wire::Incarnation incarnation);
  void attached(const wire::FrameView& frame);
  void answered(const wire::FrameView& frame);
  void refused(const wire::FrameView& frame);
  void delivered(const wire::FrameView& frame, wire::Incarnation incarnation);
  Link& link(wire::RankId from, wire::RankId to) { return links_[{from, to}]; }

  World& world_;
  std::map<SendKey, Sent> sends_;
  std::map<SendKey, std::pair<wire::Bytes, wire::Bytes>> attaches_;  // user, device; tag 0
  std::set<wire::Incarnation> ended_;
  std::map<std::pair<wire::Incarnation, wire::SessionId>, Window> windows_;
  std::map<std::pair<wire::RankId, wire::RankId>, Link> links_;
};

}  // namespace trunkline::sim
