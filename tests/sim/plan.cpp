#include "tests/sim/plan.h"

#include "tests/sim/chance.h"
#include "tests/sim/schedule.h"

namespace trunkline::sim {

namespace {

// An old login's messages against the new one's: one device, one friend, little memory of ids, and
// stops short enough that ports survive them. What the fence is for.
void make_race(Plan& plan, Chance& chance) {
  plan.ranks = chance.between<std::size_t>(2, 3);
  plan.edges = 3;
  plan.users = 2;
  plan.devices = 1;
  plan.remembered = plan.unanswered_max = chance.between<std::size_t>(1, 2);
  plan.letters = 60;
  plan.burst = 0;
  plan.favourites_permille = 1000;
  plan.impatient = true;
  plan.stop_us_max = 2'500 * kMs;
  plan.troubles.edge_stops = chance.between(2u, 5u);
  plan.troubles.rank_stops = chance.below(3u);
}

}  // namespace

Plan plan_of(std::uint64_t seed, wire::Fault fault) {
  Chance chance(seed * 2 + 1);
  const auto some = [&chance](unsigned permille, unsigned most) {
    return chance.permille(permille) ? chance.between(1u, most) : 0u;
  };
  Plan plan;
  plan.seed = seed;
  plan.fault = fault;
  plan.ranks = chance.between<std::size_t>(1, 3);
  plan.edges = chance.between<std::size_t>(1, 3);
  plan.users = chance.between<std::size_t>(2, 4);
  plan.devices = chance.between<std::size_t>(1, 2);
  plan.letters = chance.between<std::size_t>(10, 120);
  plan.directs = chance.below<std::size_t>(8);
  plan.histories = chance.below<std::size_t>(4);
  // Now and then messages that fill windows by their bytes.
  plan.body_bytes_max = chance.permille(150) ? 30'000 : 60;
  plan.remembered = chance.permille(500) ? chance.between<std::size_t>(1, 8) : 1024;
  plan.unanswered_max = std::min<std::size_t>(plan.remembered, chance.between<std::size_t>(1, 16));
  if (chance.permille(80)) {  // what a client may have out at most, all at once
    plan.burst = chance.between<std::size_t>(60, 250);
    plan.letters /= 4;
    plan.remembered = wire::kRememberedIdsMax;
    plan.unanswered_max = wire::kClientUnansweredMax;
  }
  if (chance.permille(200)) {
    plan.send_bytes_outstanding = chance.between<std::size_t>(1, 2'000);
  }
  if (chance.permille(100)) plan.quota_messages = chance.between<std::size_t>(5, 20);
  if (chance.permille(200)) plan.retention_records = chance.between<std::size_t>(3, 20);
  if (chance.permille(200)) plan.idle_mailboxes_max = chance.below<std::size_t>(3);
  if (chance.permille(100)) {
    plan.rate_per_second = chance.between(5, 20);
    plan.rate_burst = chance.between(1, 5);
  }
  plan.chat_rates = chance.permille(100);

  plan.storm_us = chance.between<std::int64_t>(500 * kMs, 8 * kSecond);
  plan.port_us_max = chance.between<std::int64_t>(20, 2 * kMs);
  plan.link_us_max = chance.between<std::int64_t>(2, 1 * kMs);
  plan.socket_us_max = chance.between<std::int64_t>(50, 10 * kMs);
  plan.commit_us_max = chance.between<std::int64_t>(100, 20 * kMs);
  plan.lost_rings_permille = chance.permille(500) ? chance.between(1u, 300u) : 0;
  plan.late_commits_permille = chance.permille(300) ? chance.between(1u, 500u) : 0;
  plan.loads_later = chance.permille(500);
  plan.lazy_readers = chance.permille(300);
  plan.impatient = chance.permille(500);
  plan.favourites_permille = chance.permille(500) ? chance.between(300u, 1000u) : 0;
  plan.spin_us = chance.permille(300) ? chance.between(10u, 500u) : 0;
  plan.routes = chance.permille(500) ? routing::Routes::hint : routing::Routes::home;
  plan.same_host = chance.permille(500);
  plan.wrong_clocks = chance.permille(200);

  Troubles& troubles = plan.troubles;
  troubles.client_crashes = some(300, 3);
  troubles.client_moves = some(400, 4);
  troubles.client_stalls = some(150, 2);
  troubles.socket_cuts = some(300, 3);
  troubles.edge_kills = some(250, 2);
  troubles.edge_stops = some(200, 2);
  troubles.edge_drains = some(100, 2);
  troubles.job_kills = some(350, 2);
  troubles.job_stops = some(150, 1);
  troubles.revocations = some(100, 2);
  troubles.rank_stops = some(150, 2);
  troubles.port_losses = some(300, 3);
  troubles.slow_commits = some(200, 2);
  troubles.full_disks = some(250, 2);
  troubles.trims = plan.retention_records < 100 ? 3 : 0;
  troubles.forget = chance.permille(150);
  if (chance.permille(150)) make_race(plan, chance);
  return plan;
}

}  // namespace trunkline::sim
