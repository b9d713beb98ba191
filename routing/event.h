// The router's whole contract: what happens to it (Event) and what it wants done (Effects).
//
// One turn of a rank is: any number of step(event) for what is waiting, then one step(TurnEnd).
// Frames that steps produce gather inside the router, one builder for each port and each link;
// TurnEnd closes them into batches within the windows (protocol section 9) and says whether the
// rank may sleep. Views in an Event live for the call; everything in Effects is owned.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "wire/batch.h"
#include "wire/storage.h"

namespace trunkline::routing {

// ---- in

// A batch from an edge. `peer`: the ZeroMQ routing id of its socket, new with every incarnation.
struct PortBatch {
  wire::BytesView peer;
  wire::BytesView batch;
};
// ZeroMQ says that this peer is not there any more (ROUTER_MANDATORY: EHOSTUNREACH).
struct PortUnreachable {
  wire::BytesView peer;
};
// A batch from another rank.
struct LinkBatch {
  wire::RankId peer;
  wire::BytesView batch;
};
// One frame of kind `admin` from this rank's own admin socket; `connection` names the asker.
struct AdminFrame {
  wire::SessionId connection;
  wire::BytesView frame;
};
// The answer to Effects::reports: text that only the process itself can give.
struct ReportReady {
  wire::Address to;
  bool done = true;
  wire::BytesView text;
};
// Stop taking SENDs, commit, answer, get everything confirmed: Effects::quiet says when.
struct StopAsked {};
// The end of a turn: close batches, look at the deadlines.
struct TurnEnd {};

struct Event {
  wire::Now now;
  std::variant<PortBatch, PortUnreachable, LinkBatch, wire::StoreEvent, AdminFrame, ReportReady,
               StopAsked, TurnEnd>
      what;
};

// ---- out

struct ToPort {
  wire::Bytes peer;
  wire::Bytes batch;
};
struct ToLink {
  wire::RankId peer;
  wire::Bytes batch;
};
struct ToAdmin {
  wire::SessionId connection;
  wire::Bytes frame;  // of kind admin_is
};
// Only the rank process can answer these (metrics, status, edge_allow, stop): it does, by
// ReportReady.
struct ReportAsked {
  wire::AdminVerb verb;
  wire::Address to;
  wire::Bytes argument;
};

struct Effects {
  std::vector<wire::StoreOp> stores;  // in order
  std::vector<wire::Load> loads;
  std::vector<ToPort> to_ports;
  std::vector<ToLink> to_links;     // in the order of sending
  std::vector<wire::RankId> rings;  // ring these doorbells, after the batches have been sent
  std::vector<ToAdmin> to_admin;
  std::vector<ReportAsked> reports;

  // Set by TurnEnd.
  bool owes_nothing =
      false;  // no confirm owed: the rank may sleep, until `wake_at_us` at the latest
  std::int64_t wake_at_us = 0;  // monotonic; the next deadline (beat, re-ring, cursor, busy …)
  bool quiet = false;           // after StopAsked: nothing uncommitted, unanswered or unconfirmed
  std::optional<wire::RankId> silent_neighbour;  // 5 s of silence: report, end the job

  void clear();
};

}  // namespace trunkline::routing
