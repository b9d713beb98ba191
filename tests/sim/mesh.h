// Ranks with an edge each and roads that take no time: for counting frames, not for faults. Real
// routers, gateways and stores; whoever has something makes a turn, until nobody has.
#pragma once

#include <array>
#include <deque>
#include <set>
#include <utility>
#include <vector>

#include "edge/gateway.h"
#include "persistence/memory_store.h"
#include "routing/router.h"

namespace trunkline::sim {

inline constexpr std::size_t kKinds = 256;

// Frames that have crossed ports and links, by kind.
struct Count {
  std::array<std::uint64_t, kKinds> port{}, link{};
  std::uint64_t ports() const;
  std::uint64_t links() const;
  std::uint64_t links(std::initializer_list<wire::Kind> kinds) const;
};

class Mesh {
 public:
  Mesh(std::size_t ranks, routing::Routes routes);

  void add_user(const wire::Bytes& name);
  void log_in(std::size_t rank, wire::SessionId session, const wire::Bytes& user);
  template <class Payload>
  void say(std::size_t rank, wire::SessionId session, const Payload& payload) {
    const wire::Bytes frame = wire::encoded(wire::FrameHeader{}, payload);
    edge_step(rank, edge::FromClient{session, *wire::decode(frame), frame.size()});
    settle();
  }

  Count take_count() { return std::exchange(count_, {}); }
  std::uint64_t shown() const { return shown_; }  // messages given to clients, of both classes
  wire::RankId home(const wire::Bytes& user) const { return slots_.home(user); }
  std::size_t ranks() const { return nodes_.size(); }
  const routing::Router& router(std::size_t rank) const { return nodes_[rank].router; }
  std::uint64_t link_frames_taken(std::size_t rank) const { return nodes_[rank].link_frames; }

 private:
  struct Node {
    Node(wire::RankId self, const wire::SlotMap& slots, routing::Routes routes);
    persistence::MemoryDisk disk;
    persistence::MemoryStore store;
    routing::Router router;
    edge::Gateway gateway;
    std::vector<wire::Bytes> from_edge, from_rank;
    std::vector<std::pair<wire::RankId, wire::Bytes>> from_links;
    std::vector<wire::StoreEvent> loaded;
    std::vector<std::pair<wire::SessionId, std::size_t>> flushed;
    std::uint64_t link_frames = 0;
  };

  void settle();
  void edge_turn(Node& node);
  void rank_turn(Node& node);
  template <class What>
  void edge_step(std::size_t rank, const What& what);
  void act_of_edge(Node& node);
  void act_of_rank(Node& node);
  std::size_t number_of(const Node& node) const { return node.disk.log_id - 1; }
  void wake_edge(const Node& node) { edges_busy_.insert(number_of(node)); }
  void wake_rank(const Node& node) { ranks_busy_.insert(number_of(node)); }

  const wire::SlotMap slots_;
  std::deque<Node> nodes_;
  wire::Now now_{1'000'000, 1'700'000'000'000};
  std::set<std::size_t> edges_busy_, ranks_busy_;
  routing::Effects effects_;
  edge::GatewayEffects edge_effects_;
  Count count_;
  std::uint64_t shown_ = 0;
};

template <class What>
void Mesh::edge_step(std::size_t rank, const What& what) {
  Node& node = nodes_[rank];
  node.gateway.step({now_, what}, edge_effects_);
  act_of_edge(node);
  wake_edge(node);
}

}  // namespace trunkline::sim
