#include "tests/sim/rank.h"

#include "tests/sim/describe.h"
#include "tests/sim/world.h"

namespace trunkline::sim {
namespace {

constexpr std::size_t kBatchesPerTurn = 4;
constexpr std::int64_t kTurnUs = 10;
constexpr std::int64_t kHourMs = 3'600'000;

wire::PrintKey print_key_of(wire::RankId rank) {
  wire::PrintKey key{};
  key[0] = static_cast<unsigned char>(rank + 1);
  return key;
}

persistence::MemoryConfig store_config(const Plan& plan, wire::RankId self) {
  persistence::MemoryConfig config;
  config.self = self;
  config.slots = wire::SlotMap::fresh(plan.ranks, 0);
  config.commit_in_poll = false;
  config.loads_later = plan.loads_later;
  config.retention.records = plan.retention_records;
  config.fault = plan.fault;
  return config;
}

routing::RouterConfig router_config(const Plan& plan, wire::RankId self, wire::Epoch epoch) {
  routing::RouterConfig config;
  config.self = self;
  config.epoch = epoch;
  config.routes = plan.routes;
  config.same_host.assign(plan.ranks, plan.same_host);
  config.spin_us = plan.spin_us;
  config.iterations = wire::kIterationsDemo;
  config.remembered_ids = plan.remembered;
  config.quota_messages = plan.quota_messages;
  config.send_bytes_outstanding = plan.send_bytes_outstanding;
  config.idle_mailboxes_max = plan.idle_mailboxes_max;
  config.rate_per_second = plan.rate_per_second;
  config.rate_burst = plan.rate_burst;
  config.fault = plan.fault;
  return config;
}

}  // namespace

Rank::Rank(World& world, wire::RankId self)
    : world_(world), self_(self), disk_(wire::LogId{self} + 1, print_key_of(self), {}) {}

void Rank::start(wire::Epoch epoch) {
  ++lives_;
  if (world_.plan.wrong_clocks) wall_offset_ms_ = world_.chance.between(-kHourMs, kHourMs);
  stopped_ = missed_turn_ = asked_to_stop_ = stopping_ = quiet_ = false;
  life_ = std::make_unique<Life>(disk_, store_config(world_.plan, self_),
                                 router_config(world_.plan, self_, epoch),
                                 wire::SlotMap::fresh(world_.plan.ranks, epoch));
  life_->store.begin(epoch);
  life_->store.set_full(full_);
  turn_at(world_.schedule.now_us());
}

void Rank::die() {
  if (committing_ && !full_ && world_.chance.permille(300)) life_->store.commit_all();
  world_.mail.committed();
  life_.reset();
  ++lives_;
  stopped_ = missed_turn_ = committing_ = false;
  turn_at_us_ = kNever;
  unreachable_.clear();
  store_events_.clear();
  admin_.clear();
}

void Rank::go_on() {
  stopped_ = false;
  if (std::exchange(missed_turn_, false)) turn();
}

void Rank::set_full(bool full) {
  full_ = full;
  if (!alive()) return;
  life_->store.set_full(full);
  poke();
}

void Rank::ask_to_stop() {
  if (!alive()) return;
  asked_to_stop_ = true;
  poke();
}

void Rank::administer(wire::AdminVerb verb, const wire::Bytes& user) {
  if (!alive()) return;
  wire::FrameHeader header;
  header.address = {self_, wire::kAdminPort, 1};
  header.slot = wire::slot_of(user);
  admin_.push_back(wire::encoded(header, wire::Admin{verb, wire::kNoRank, user, {}}));
  poke();
}

void Rank::retain() {
  if (!alive()) return;
  life_->store.retain(persistence::kNoWallTime);
  poke();
}

void Rank::poke() {
  if (alive()) turn_at(world_.schedule.now_us() + world_.chance.between<std::int64_t>(1, 20));
}

void Rank::link_visible() {
  if (world_.schedule.now_us() < spinning_until_us_) poke();
}

void Rank::turn_at(std::int64_t time_us) {
  if (time_us >= turn_at_us_) return;
  turn_at_us_ = time_us;
  world_.schedule.at(time_us, [this, life = lives_, time_us] {
    if (life == lives_ && turn_at_us_ == time_us) turn();
  });
}

template <class What>
void Rank::step(const What& what) {
  wire::Now now = world_.schedule.now();
  now.wall_ms += wall_offset_ms_;
  life_->router.step({now, what}, effects_);
}

void Rank::turn() {
  turn_at_us_ = kNever;
  missed_turn_ = stopped_;
  if (stopped_) return;
  effects_.clear();
  bool worked = take_ports();
  worked = take_links() || worked;
  worked = take_store() || worked;
  for (const wire::Bytes& frame : std::exchange(admin_, {})) {
    step(routing::AdminFrame{1, frame});
  }
  if (std::exchange(asked_to_stop_, false)) {
    stopping_ = true;
    step(routing::StopAsked{});
  }
  step(routing::TurnEnd{});
  act();
  quiet_ = stopping_ && effects_.quiet && life_->store.queued() == 0;
  if (effects_.silent_neighbour) return world_.kill_job("a neighbour is silent");
  sleep(worked);
}

bool Rank::take_ports() {
  bool worked = false;
  for (const wire::Bytes& peer : std::exchange(unreachable_, {})) {
    step(routing::PortUnreachable{peer});
    worked = true;
  }
  for (const auto& pipe : world_.pipes) {
    if (pipe->rank != this) continue;
    for (std::size_t n = 0; n < kBatchesPerTurn && pipe->to_rank.ready(world_.schedule.now_us());
         ++n) {
      const wire::Bytes batch = pipe->to_rank.pop();
      if (world_.trace.on()) {
        world_.note("rank ", self_, " <- edge ", pipe->edge->number(), " ",
                    describe(batch, wire::Way::port));
      }
      world_.roads.port_to_rank(*pipe, batch);
      step(routing::PortBatch{pipe->peer, batch});
      worked = true;
    }
  }
  return worked;
}

bool Rank::take_links() {
  bool worked = false;
  for (wire::RankId from = 0; from < world_.plan.ranks; ++from) {
    Fifo<wire::Bytes>& link = world_.link(from, self_);
    for (std::size_t n = 0; n < kBatchesPerTurn && link.ready(world_.schedule.now_us()); ++n) {
      const wire::Bytes batch = link.pop();
      if (world_.trace.on()) {
        world_.note("rank ", self_, " <- rank ", from, " ", describe(batch, wire::Way::link));
      }
      world_.roads.link_taken(from, self_, batch);
      step(routing::LinkBatch{from, batch});
      worked = true;
    }
  }
  return worked;
}

bool Rank::take_store() {
  life_->store.poll(store_events_);
  const auto events = std::exchange(store_events_, {});
  for (const wire::StoreEvent& event : events) step(event);
  return !events.empty();
}

void Rank::act() {
  if (!effects_.stores.empty()) life_->store.submit(std::move(effects_.stores));
  begin_commit();
  for (const wire::Load& load : effects_.loads) {
    wire::Loaded loaded;
    if (life_->store.load(load, loaded)) store_events_.emplace_back(std::move(loaded));
  }
  // What the store reads in a later turn is there after a while.
  if (!effects_.loads.empty() && world_.plan.loads_later) {
    world_.schedule.after(world_.delay(world_.plan.commit_us_max), [this, life = lives_] {
      if (life == lives_) poke();
    });
  }
  for (const routing::ToPort& send : effects_.to_ports) send_to_port(send);
  for (routing::ToLink& send : effects_.to_links) send_to_link(send);
  for (const wire::RankId peer : effects_.rings) world_.ring(peer);
}

void Rank::send_to_port(const routing::ToPort& send) {
  for (const auto& pipe : world_.pipes) {
    if (pipe->peer != send.peer || !pipe->open || pipe->rank != this) continue;
    world_.roads.port_to_edge(*pipe, send.batch);
    if (pipe->loses_to_edge > 0) {
      --pipe->loses_to_edge;
      return;
    }
    const std::int64_t now_us = world_.schedule.now_us();
    const std::int64_t arrival =
        pipe->to_edge.push(now_us + world_.delay(world_.plan.port_us_max), send.batch);
    world_.schedule.at(arrival, [edge = pipe->edge] { edge->poke(); });
    return;
  }
  unreachable(send.peer);
}

void Rank::send_to_link(routing::ToLink& send) {
  world_.roads.link_sent(self_, send.peer, send.batch);
  const std::int64_t now_us = world_.schedule.now_us();
  const std::int64_t visible =
      world_.link(self_, send.peer)
          .push(now_us + world_.delay(world_.plan.link_us_max), std::move(send.batch));
  if (world_.plan.spin_us == 0) return;
  world_.schedule.at(visible, [this, peer = send.peer] { world_.ranks[peer].link_visible(); });
}

bool Rank::sees_work() const {
  const std::int64_t now_us = world_.schedule.now_us();
  if (!store_events_.empty() || !unreachable_.empty()) return true;
  for (const auto& pipe : world_.pipes) {
    if (pipe->rank == this && pipe->to_rank.ready(now_us)) return true;
  }
  for (wire::RankId from = 0; from < world_.plan.ranks; ++from) {
    if (world_.link(from, self_).ready(now_us)) return true;
  }
  return false;
}

void Rank::sleep(bool worked) {
  const std::int64_t now_us = world_.schedule.now_us();
  if (worked) spinning_until_us_ = now_us + world_.plan.spin_us;
  if (sees_work() || !effects_.owes_nothing) return turn_at(now_us + kTurnUs);
  world_.note("rank ", self_, " sleeps");
  world_.roads.rank_sleeps(*this, now_us, std::max(effects_.wake_at_us, spinning_until_us_));
  turn_at(std::max(effects_.wake_at_us, now_us + 1));
}

void Rank::begin_commit() {
  if (committing_ || life_->store.queued() == 0) return;
  committing_ = true;
  const std::int64_t done = world_.schedule.now_us() + world_.delay(world_.plan.commit_us_max);
  world_.schedule.at(std::max(done, slow_until_us_), [this, life = lives_] {
    if (life == lives_) end_commit();
  });
}

void Rank::end_commit() {
  committing_ = false;
  world_.note("rank ", self_, " commits, ", life_->store.queued(), " queued");
  if (world_.chance.permille(world_.plan.late_commits_permille)) {
    life_->store.commit_one();
  } else {
    life_->store.commit_all();
  }
  world_.mail.committed();
  poke();
  begin_commit();
}

}  // namespace trunkline::sim
