// What the plan's troubles do to a world, and when.
#include "tests/sim/world.h"

namespace trunkline::sim {

void World::plan_troubles() {
  const Troubles& troubles = plan.troubles;
  const auto times = [this](unsigned count, auto act) {
    for (unsigned n = 0; n < count; ++n) schedule.after(chance.below(plan.storm_us), act);
  };
  const auto some_device = [this]() -> Device& { return devices[chance.below(devices.size())]; };
  const auto some_edge = [this]() -> Edge& { return edges[chance.below(edges.size())]; };
  const auto some_rank = [this]() -> Rank& { return ranks[chance.below(ranks.size())]; };

  times(troubles.client_crashes,
        [this, some_device] { some_device().crash(plan.troubles.forget && chance.permille(500)); });
  times(troubles.client_moves, [some_device] { some_device().move(); });
  times(troubles.socket_cuts, [some_device] { some_device().cut(); });
  times(troubles.client_stalls, [this, some_device] {
    Device& device = some_device();
    device.stall();
    schedule.after(delay(12 * kSecond), [&device] { device.read_on(); });
  });
  times(troubles.edge_kills, [this, some_edge] { kill(some_edge()); });
  times(troubles.edge_stops, [this, some_edge] { stop(some_edge()); });
  times(troubles.job_kills, [this] { kill_job("SIGKILL"); });
  times(troubles.edge_drains, [this, some_edge] { drain(some_edge()); });
  times(troubles.job_stops, [this] { stop_job(); });
  times(troubles.revocations, [this] { revoke(user_name(chance.below(plan.users))); });
  times(troubles.rank_stops, [this, some_rank] { stop(some_rank()); });
  times(troubles.port_losses, [some_edge] { some_edge().lose_frames(); });
  times(troubles.slow_commits, [this, some_rank] {
    note("a disk is slow");
    some_rank().set_slow_until(schedule.now_us() + delay(8 * kSecond));
  });
  times(troubles.full_disks, [this, some_rank] { fill(some_rank()); });
  times(troubles.trims, [some_rank] { some_rank().retain(); });
}

void World::kill(Edge& edge) {
  if (!edge.alive()) return;
  note("edge ", edge.number(), " is killed");
  edge.die();
  schedule.after(delay(3 * kSecond), [&edge] {
    if (!edge.alive()) edge.start();
  });
}

void World::stop(Edge& edge) {
  note("edge ", edge.number(), " is stopped");
  edge.stop();
  schedule.after(delay(plan.stop_us_max), [this, &edge] {
    note("edge ", edge.number(), " goes on");
    edge.go_on();
  });
}

void World::drain(Edge& edge) {
  if (!edge.alive()) return;
  note("edge ", edge.number(), " drains");
  edge.drain();
  ++unfinished_;
  schedule.after(5 * kSecond, [this, &edge] {
    --unfinished_;
    edge.die();
    edge.start();
  });
}

// By an admin frame to every rank. What is not quiet within five seconds is killed.
void World::stop_job() {
  note("the job is asked to stop");
  for (Rank& rank : ranks) rank.ask_to_stop();
  const std::int64_t patience_ends = schedule.now_us() + 5 * kSecond;
  ++unfinished_;
  schedule.after(kMs, [this, patience_ends, job = epoch_] { look_at_stop(patience_ends, job); });
}

void World::look_at_stop(std::int64_t patience_ends_us, wire::Epoch job) {
  --unfinished_;
  if (job != epoch_ || !job_up_) return;
  const bool quiet = std::all_of(ranks.begin(), ranks.end(),
                                 [](const Rank& rank) { return rank.alive() && rank.is_quiet(); });
  if (quiet) return kill_job("it was asked to, and is quiet");
  if (schedule.now_us() >= patience_ends_us) return kill_job("it was asked to, and is not quiet");
  ++unfinished_;
  schedule.after(10 * kMs, [this, patience_ends_us, job] { look_at_stop(patience_ends_us, job); });
}

void World::revoke(const wire::Bytes& user) {
  note(user, " is disabled");
  ranks[chance.below(ranks.size())].administer(wire::AdminVerb::user_disable, user);
  schedule.after(delay(kSecond), [this, user] { enable(user); });
}

// Again and again, well into peace: the job may die, the disk be full, an older order wait.
void World::enable(const wire::Bytes& user) {
  if (at_peace_ && schedule.now_us() > peace_since_us_ + 10 * kSecond) return;
  ranks[chance.below(ranks.size())].administer(wire::AdminVerb::user_enable, user);
  schedule.after(500 * kMs, [this, user] { enable(user); });
}

void World::stop(Rank& rank) {
  note("rank ", rank.self(), " is stopped");
  rank.stop();
  schedule.after(delay(plan.stop_us_max), [this, &rank] {
    note("rank ", rank.self(), " goes on");
    rank.go_on();
  });
}

void World::fill(Rank& rank) {
  note("rank ", rank.self(), "'s disk is full");
  rank.set_full(true);
  schedule.after(delay(3 * kSecond), [this, &rank] {
    note("rank ", rank.self(), "'s disk has room");
    rank.set_full(false);
  });
}

}  // namespace trunkline::sim
