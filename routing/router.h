// The mind of one rank. Pure: no clock, socket, MPI, LMDB, thread or chance; the same state and the
// same event give the same effects. Rules: protocol sections 2 to 5 and 7 to 9 (ARCHITECTURE.md
// tells them in short). Parts: ports, links, mailboxes, pumps, copy streams, direct routes;
// router.cpp is the switch over events and frames that hands each to its part.
//
// Threads: used by the rank's one thread alone.
#pragma once

#include <memory>

#include "routing/event.h"
#include "wire/fault.h"
#include "wire/placement.h"

namespace trunkline::routing {

enum class Routes : std::uint8_t { home = 1, hint = 2 };  // of the direct class

struct RouterConfig {
  wire::RankId self = 0;
  wire::Epoch epoch = 0;  // of this job
  Routes routes = Routes::hint;
  std::vector<bool> same_host;  // by rank; how soon its doorbell is rung again
  std::uint32_t spin_us = 0;    // how long this rank spins before it sleeps; told to peers
  std::uint32_t iterations = wire::kIterationsDefault;  // of every account, and of the stand-in
  // Stored messages one sender may store in one mailbox: a second, and burst. 0: no limit.
  double rate_per_second = 100;
  double rate_burst = 1'000;
  std::size_t quota_messages = wire::kQuotaMessages;
  std::size_t quota_bytes = wire::kQuotaBytes;
  std::size_t remembered_ids = wire::kRememberedIdsMax;
  std::size_t send_bytes_outstanding = 0;   // towards each home; 0: by the number of ranks
  std::size_t idle_mailboxes_max = 10'000;  // kept in memory without a session, before eviction
  wire::Fault fault = wire::Fault::none;
};

struct RouterCounters {
  std::uint64_t port_batches_in = 0, port_batches_out = 0, port_frames_in = 0, port_frames_out = 0;
  std::uint64_t link_batches_in = 0, link_batches_out = 0, link_frames_in = 0, link_frames_out = 0;
  std::uint64_t rings = 0, rerings = 0, bare_confirms = 0;
  std::uint64_t sends = 0, stored = 0, repeats = 0, fenced = 0, delivered = 0, copies = 0;
  std::uint64_t direct_in = 0, direct_delivered = 0, direct_dropped_pressure = 0,
                direct_dropped_offline = 0, direct_detours = 0, hints = 0;
  std::uint64_t attaches = 0, replaced = 0, revoked = 0, detaches = 0;
  std::uint64_t ports = 0, ports_broken = 0, resets = 0, sessions = 0, mailboxes = 0;
  std::uint64_t bad_frames = 0, misdirected = 0;
  std::uint64_t round_trips = 0;    // asked of other ranks for the live page
  std::uint64_t refused[256] = {};  // by wire::Code
};

class Router {
 public:
  Router(RouterConfig config, const wire::SlotMap& slots, const wire::StoreOpened& opened);
  ~Router();
  Router(Router&&) noexcept;

  // Adds to `effects`; never clears it.
  void step(const Event& event, Effects& effects);

  const RouterCounters& counters() const;

  // For the live page: what waits here, over all links and ports, and how far the other ranks are
  // (round_trips.h).
  struct Live {
    std::size_t records_queued = 0, sends_waiting_for_writer = 0, sends_waiting_for_credit = 0;
    std::size_t link_queued_bytes = 0, link_batches_unconfirmed = 0, port_unconfirmed_bytes = 0;
    std::vector<std::optional<std::int64_t>> round_trips_us;  // by rank
  };
  Live live() const;

  // For the simulator's checkers and the table of scale.
  struct Inspection {
    std::size_t bytes_per_peer = 0;  // state kept for each other rank, whatever the traffic
    std::size_t state_bytes = 0;     // all the rest: ports, sessions, mailboxes
    std::size_t queued = 0;          // records not yet durable
    std::size_t batches_unconfirmed_max = 0;               // of any link
    std::size_t pump_records_max = 0, pump_bytes_max = 0;  // delivered, not taken; of any session
    std::size_t send_bytes_outstanding_max = 0;            // towards any home
    struct Registration {
      wire::Bytes user, device;
      wire::Sepoch sepoch;
      wire::Address address;
    };
    std::vector<Registration> registry;
    struct Stream {
      wire::RankId target;
      wire::Lsn position;  // confirmed there
    };
    std::vector<Stream> copy_streams;
    bool unconfirmed = false;  // some batch of ours, or a confirm that we owe
  };
  Inspection inspect() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace trunkline::routing
