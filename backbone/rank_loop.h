// The rank's one thread: what is waiting goes to the router, what the router wants is done, then
// sleep. The order of one turn is design.md section 3; when it may sleep is protocol.md section 9.
//
//   now -> batches of edges -> batches of ranks -> store -> admin -> TurnEnd
//       -> one ZeroMQ message per port, one isend per rank -> rings -> store -> hosted edge ->
//       sleep
//
// Threads: the one that constructed it, MPI's thread. All parts are owned by the caller and outlive
// the loop.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "backbone/admin_socket.h"
#include "backbone/any_store.h"
#include "backbone/doorbell.h"
#include "backbone/edge_port.h"
#include "backbone/idle.h"
#include "backbone/leaving.h"
#include "backbone/metrics.h"
#include "backbone/rank_link.h"
#include "backbone/sleeper.h"
#include "routing/router.h"
#include "wire/trace.h"

namespace trunkline::backbone {

// The edge in this process, as the loop sees it. All empty: none is hosted.
struct EdgeHooks {
  // Fused only. turn: the edge's own; told how many batches the rank has sent it; true: there was
  // something. sent: how many the edge has sent to the rank since it was asked last.
  std::function<bool(std::size_t)> turn;
  std::function<std::size_t()> sent;
  std::function<bool()> due;      // fused only: turn() has something to do
  std::function<void()> drain;    // tell the clients to go; not waited for here
  std::function<bool()> drained;  // they have gone
  std::function<void()> cut;      // closes what has not gone
};

struct RankLoopConfig {
  IdlePolicy idle;
  RankFacts facts;                    // what does not change: who and where this rank is
  std::size_t batches_per_turn = 64;  // taken from edges, and from ranks: bounds a turn's length
};

class RankLoop {
 public:
  struct Parts {
    Sleeper& sleeper;
    RankLink& link;
    EdgePort& port;
    Doorbell& doorbell;
    AnyStore& store;
    routing::Router& router;
    wire::Trace& trace;
  };
  RankLoop(Parts parts, RankLoopConfig config);

  // Where answers to admin frames go.
  void set_admin(AdminSocket* admin) { admin_ = admin; }
  void set_edge(EdgeHooks edge) { edge_ = std::move(edge); }

  // A frame of kind admin from connection `connection` of the admin socket (0: nobody listens for
  // the answer). Taken in the next turn.
  void admin_asked(wire::SessionId connection, wire::BytesView frame);
  // Leave in order, all ranks together. `hurry`: the launcher kills us in a second (SIGTERM).
  void leave(bool hurry);

  // Runs until all ranks have left: 0. Otherwise what is wrong has been logged, and the result is
  // the status to exit with at once, without finalizing MPI: the others are not there to join in.
  int run();

 private:
  bool turn();
  bool take_ports();
  bool take_links();
  bool take_store();
  bool take_asked();
  template <class What>
  void step(What&& what);
  void answer_loads();
  void act();
  void report(const routing::ReportAsked& asked);
  void pass_stop_on();
  bool step_leaving();
  void begin_trace();
  void trace_stores();
  void trace_durable(wire::Op op);
  bool may_sleep();
  void sleep();
  void wait_for_sends();
  void poll();
  RankFacts facts() const;

  Parts parts_;
  RankLoopConfig config_;
  AdminSocket* admin_ = nullptr;
  EdgeHooks edge_;
  Leaving leaving_;

  wire::Now now_;
  std::int64_t started_us_ = 0;
  std::int64_t last_work_us_ = 0;  // when something came in: what a spin counts from
  std::uint64_t turns_ = 0;
  bool worked_ = false;     // in the last turn
  bool slept_ = false;      // since then
  int turns_unpolled_ = 0;  // since descriptors were looked at
  int send_waits_ = 0;      // how often in a row MPI was found still sending
  bool silent_ = false;     // leaving: nothing is sent any more
  bool quiet_ = false;      // the router's word at the end of the last turn
  routing::Effects effects_;
  std::vector<wire::Load> loads_;
  std::vector<wire::StoreEvent> store_events_;
  std::vector<wire::Bytes> unreachable_;
  struct Asked {
    wire::SessionId connection;
    wire::Bytes frame;
  };
  std::vector<Asked> asked_;
  struct Report {
    wire::Address to;
    bool done;
    wire::Bytes text;
  };
  std::vector<Report> reports_;

  // ---- tracing
  wire::TraceRing& traced_;
  wire::Turn port_turn_, link_turn_;  // this one, for what it takes from there
  struct Storing {
    wire::Op op;
    std::uint64_t id;
  };
  std::vector<Storing> storing_;  // traced, and not yet durable; empty while the trace is off
};

}  // namespace trunkline::backbone
