#include "tests/sim/mesh.h"

#include <numeric>

#include "wire/check.h"

namespace trunkline::sim {
namespace {

persistence::MemoryConfig store_config(wire::RankId self, const wire::SlotMap& slots) {
  persistence::MemoryConfig config;
  config.self = self;
  config.slots = slots;
  return config;
}

routing::RouterConfig router_config(wire::RankId self, std::size_t ranks, routing::Routes routes) {
  routing::RouterConfig config;
  config.self = self;
  config.epoch = 1;
  config.routes = routes;
  config.same_host.assign(ranks, true);
  return config;
}

edge::GatewayConfig gateway_config() {
  edge::GatewayConfig config;
  config.edge_name = "edge";
  config.rates.messages_per_second = config.rates.bytes_per_second = 0;
  return config;
}

void count_frames(const wire::Bytes& bytes, wire::Way way,
                  std::array<std::uint64_t, kKinds>& kinds) {
  const auto batch = wire::decode_batch(bytes, way);
  for (wire::BytesView frames = batch->frames; !frames.empty();) {
    ++kinds[static_cast<std::size_t>(wire::next_frame(frames)->header.kind)];
  }
}

std::uint64_t sum(const std::array<std::uint64_t, kKinds>& kinds) {
  return std::accumulate(kinds.begin(), kinds.end(), std::uint64_t{0});
}

}  // namespace

std::uint64_t Count::ports() const {
  return sum(port);
}
std::uint64_t Count::links() const {
  return sum(link);
}
std::uint64_t Count::links(std::initializer_list<wire::Kind> kinds) const {
  std::uint64_t all = 0;
  for (const wire::Kind kind : kinds) all += link[static_cast<std::size_t>(kind)];
  return all;
}

Mesh::Node::Node(wire::RankId self, const wire::SlotMap& slots, routing::Routes routes)
    : disk(wire::LogId{self} + 1, {}, {}),
      store(disk, store_config(self, slots)),
      router(router_config(self, slots.ranks(), routes), slots, store.opened()),
      gateway(gateway_config()) {
  store.begin(1);
}

Mesh::Mesh(std::size_t ranks, routing::Routes routes) : slots_(wire::SlotMap::fresh(ranks, 1)) {
  for (std::size_t rank = 0; rank < ranks; ++rank) {
    nodes_.emplace_back(static_cast<wire::RankId>(rank), slots_, routes);
  }
  for (std::size_t rank = 0; rank < ranks; ++rank) edge_step(rank, edge::PortOpened{rank + 1});
  settle();
}

void Mesh::add_user(const wire::Bytes& name) {
  wire::Account account;
  account.user = name;
  account.mailbox = "1";
  nodes_[home(name)].disk.accounts[name] = wire::encoded_account(account);
}

void Mesh::log_in(std::size_t rank, wire::SessionId session, const wire::Bytes& user) {
  edge_step(rank, edge::VerifierAsked{session, user});
  settle();
  edge::LoggedIn login;
  login.session = session;
  login.user = user;
  login.device = "phone";
  login.auth_version = 1;
  edge_step(rank, login);
  settle();
}

void Mesh::settle() {
  while (!edges_busy_.empty() || !ranks_busy_.empty()) {
    ++now_.mono_us;
    for (const std::size_t rank : std::exchange(edges_busy_, {})) edge_turn(nodes_[rank]);
    for (const std::size_t rank : std::exchange(ranks_busy_, {})) rank_turn(nodes_[rank]);
  }
}

void Mesh::edge_turn(Node& node) {
  for (const wire::Bytes& batch : std::exchange(node.from_rank, {})) {
    node.gateway.step({now_, edge::FromRank{batch}}, edge_effects_);
    act_of_edge(node);
  }
  for (const auto& [session, bytes] : std::exchange(node.flushed, {})) {
    node.gateway.step({now_, edge::Flushed{session, bytes}}, edge_effects_);
  }
  node.gateway.step({now_, edge::TurnEnd{}}, edge_effects_);
  act_of_edge(node);
}

void Mesh::act_of_edge(Node& node) {
  for (const edge::ClientAction& action : edge_effects_.actions) {
    const auto* frame = std::get_if<edge::ToClient>(&action);
    if (frame == nullptr) continue;
    const wire::Kind kind = wire::decode(frame->frame)->header.kind;
    if (kind == wire::Kind::deliver || kind == wire::Kind::direct) ++shown_;
    node.flushed.emplace_back(frame->session, frame->frame.size());
    wake_edge(node);
  }
  for (wire::Bytes& batch : edge_effects_.to_rank) {
    count_frames(batch, wire::Way::port, count_.port);
    node.from_edge.push_back(std::move(batch));
    wake_rank(node);
  }
  TRUNKLINE_CHECK(!edge_effects_.reopen, "nothing breaks in a mesh");
  edge_effects_.clear();
}

void Mesh::rank_turn(Node& node) {
  const auto step = [&](const auto& what) { node.router.step({now_, what}, effects_); };
  for (const wire::Bytes& batch : std::exchange(node.from_edge, {})) {
    step(routing::PortBatch{"edge", batch});
  }
  for (const auto& [from, batch] : std::exchange(node.from_links, {})) {
    node.link_frames += wire::decode_batch(batch, wire::Way::link)->header.frames;
    step(routing::LinkBatch{from, batch});
  }
  std::vector<wire::StoreEvent> events = std::exchange(node.loaded, {});
  node.store.poll(events);
  for (const wire::StoreEvent& event : events) step(event);
  step(routing::TurnEnd{});
  act_of_rank(node);
}

void Mesh::act_of_rank(Node& node) {
  const bool goes_on =
      !effects_.owes_nothing || !effects_.stores.empty() || !effects_.loads.empty();
  if (goes_on) wake_rank(node);
  if (!effects_.stores.empty()) node.store.submit(std::move(effects_.stores));
  for (const wire::Load& load : effects_.loads) {
    wire::Loaded loaded;
    if (node.store.load(load, loaded)) node.loaded.emplace_back(std::move(loaded));
  }
  for (routing::ToPort& send : effects_.to_ports) {
    count_frames(send.batch, wire::Way::port, count_.port);
    node.from_rank.push_back(std::move(send.batch));
    wake_edge(node);
  }
  for (routing::ToLink& send : effects_.to_links) {
    count_frames(send.batch, wire::Way::link, count_.link);
    Node& peer = nodes_[send.peer];
    peer.from_links.emplace_back(static_cast<wire::RankId>(number_of(node)), std::move(send.batch));
    wake_rank(peer);
  }
  effects_.clear();
}

}  // namespace trunkline::sim
