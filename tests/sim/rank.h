// One rank: the real Router and MemoryStore, the turns of its loop, its sleep and its doorbell. A
// sleeping rank looks at its links only when a ring, a port, its store or its own timer wakes it.
#pragma once

#include <memory>
#include <vector>

#include "persistence/memory_store.h"
#include "routing/router.h"
#include "tests/sim/schedule.h"

namespace trunkline::sim {

class World;

class Rank {
 public:
  Rank(World& world, wire::RankId self);

  void start(wire::Epoch epoch);
  // SIGKILL. What was queued is lost, or the last commit still reached the disk.
  void die();
  bool alive() const { return life_ != nullptr; }
  // SIGSTOP and SIGCONT. Its disk goes on.
  void stop() { stopped_ = true; }
  void go_on();
  void set_full(bool full);
  void set_slow_until(std::int64_t time_us) { slow_until_us_ = time_us; }
  void retain();
  // Gracefully: takes no SEND any more; is_quiet() once all is answered and confirmed.
  void ask_to_stop();
  bool is_quiet() const { return quiet_; }
  void administer(wire::AdminVerb verb, const wire::Bytes& user);

  void poke();          // something woke it
  void link_visible();  // a batch can be seen now; only a rank that spins does
  void unreachable(const wire::Bytes& peer) { unreachable_.push_back(peer); }

  wire::RankId self() const { return self_; }
  persistence::MemoryDisk& disk() { return disk_; }
  const persistence::MemoryDisk& disk() const { return disk_; }
  wire::Epoch stored_epoch() const { return disk_.epoch; }
  const routing::Router& router() const { return life_->router; }

 private:
  struct Life {
    Life(persistence::MemoryDisk& disk, persistence::MemoryConfig stores,
         routing::RouterConfig routes, const wire::SlotMap& slots)
        : store(disk, std::move(stores)), router(std::move(routes), slots, store.opened()) {}
    persistence::MemoryStore store;
    routing::Router router;
  };

  void turn_at(std::int64_t time_us);
  void turn();
  bool take_ports();
  bool take_links();
  bool take_store();
  void act();
  void send_to_port(const routing::ToPort& send);
  void send_to_link(routing::ToLink& send);
  void sleep(bool worked);
  bool sees_work() const;
  void begin_commit();
  void end_commit();
  template <class What>
  void step(const What& what);

  World& world_;
  const wire::RankId self_;
  persistence::MemoryDisk disk_;
  std::unique_ptr<Life> life_;
  std::uint64_t lives_ = 0;
  bool stopped_ = false, missed_turn_ = false, full_ = false, committing_ = false;
  bool asked_to_stop_ = false, stopping_ = false, quiet_ = false;
  std::int64_t turn_at_us_ = kNever, spinning_until_us_ = 0, slow_until_us_ = 0;
  std::int64_t wall_offset_ms_ = 0;
  std::vector<wire::Bytes> unreachable_, admin_;
  std::vector<wire::StoreEvent> store_events_;
  routing::Effects effects_;
};

}  // namespace trunkline::sim
