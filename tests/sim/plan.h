// What one seed runs: the shape of the cluster, the load, and which troubles may come. Everything
// is drawn from the seed, so that a seed is a run.
#pragma once

#include <cstdint>

#include "routing/router.h"
#include "wire/fault.h"

namespace trunkline::sim {

// What may be done to a cluster; each seed has some of them on, so that every pair meets alone too.
struct Troubles {
  unsigned client_crashes = 0, client_moves = 0, client_stalls = 0, socket_cuts = 0;
  unsigned edge_kills = 0, edge_stops = 0, edge_drains = 0;
  unsigned job_kills = 0, job_stops = 0, rank_stops = 0;  // job_stops: gracefully
  unsigned revocations = 0;  // an account is disabled, and enabled again
  unsigned port_losses = 0;  // frames in a port vanish, both ends live
  unsigned slow_commits = 0, full_disks = 0, trims = 0;
  bool forget = false;  // crashed clients lose their outboxes
};

struct Plan {
  std::uint64_t seed = 0;
  wire::Fault fault = wire::Fault::none;

  std::size_t ranks = 2, edges = 2, users = 3, devices = 2;
  std::size_t letters = 40, directs = 4, histories = 2;
  std::size_t body_bytes_max = 40;
  std::size_t remembered = wire::kRememberedIdsMax;  // R
  std::size_t unanswered_max = 8;                    // W; at most R
  std::size_t quota_messages = wire::kQuotaMessages;
  std::uint64_t retention_records = wire::kRetentionRecords;
  std::size_t idle_mailboxes_max = 10'000;
  std::size_t send_bytes_outstanding = 0;  // 0: the protocol's
  std::size_t burst = 0;                   // letters that one device writes at once
  double rate_per_second = 100, rate_burst = 1'000;
  bool chat_rates = false;  // at the edge

  std::int64_t storm_us = 0;             // troubles and load happen in it
  std::int64_t stop_us_max = 8'000'000;  // of a stopped edge or rank
  std::int64_t port_us_max = 0;          // delays
  std::int64_t link_us_max = 0;
  std::int64_t socket_us_max = 0;
  std::int64_t commit_us_max = 0;
  unsigned lost_rings_permille = 0;
  unsigned late_commits_permille = 0;  // only part of what is queued is committed
  bool loads_later = false;
  bool lazy_readers = false;  // acknowledge after a while
  bool impatient = false;     // clients whose message waits for a second or two move elsewhere
  unsigned favourites_permille = 0;  // of letters go to the writer's one friend
  std::uint32_t spin_us = 0;
  routing::Routes routes = routing::Routes::hint;
  bool same_host = true;
  bool wrong_clocks = false;  // wall clocks differ, and jump when a process starts

  Troubles troubles;
};

Plan plan_of(std::uint64_t seed, wire::Fault fault);

}  // namespace trunkline::sim
