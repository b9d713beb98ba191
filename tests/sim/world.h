// One simulated cluster: ranks, edges, devices and the roads between them, around one virtual
// clock. Its parts hold the real Router, Gateway and MemoryStore; the roads lose what a death or a
// break loses, and nothing else. Judges are told
// what happens, and decide nothing.
#pragma once

#include <deque>
#include <memory>

#include "tests/sim/chance.h"
#include "tests/sim/device.h"
#include "tests/sim/edge.h"
#include "tests/sim/mail_judge.h"
#include "tests/sim/plan.h"
#include "tests/sim/rank.h"
#include "tests/sim/road_judge.h"
#include "tests/sim/schedule.h"
#include "tests/sim/trace.h"

namespace trunkline::sim {

// One ZeroMQ connection: the DEALER of an edge, known to its rank by `peer`.
struct Pipe {
  wire::Bytes peer;
  Edge* edge = nullptr;
  Rank* rank = nullptr;
  bool open = true;  // at the edge
  Fifo<wire::Bytes> to_rank, to_edge;
  unsigned loses_to_rank = 0, loses_to_edge = 0;  // that many of the next batches vanish
};

// One WebSocket.
struct Socket {
  struct ToClient {
    wire::Bytes frame;  // empty: the close
    wire::Code code = wire::Code::ok;
    bool plainly = false;  // closed without a word
  };
  Device* device = nullptr;
  Edge* edge = nullptr;
  wire::SessionId session = 0;
  wire::Mseq cursor = 0;  // what the client logs in with
  wire::Bytes mailbox;

  bool client_open = true;  // the client listens to it
  bool fin = false;         // the client's end has been closed, behind what it sent
  Fifo<wire::Bytes> to_edge;
  Fifo<ToClient> to_client;

  bool edge_open = true;
  bool reading = true;
  bool stalled = false;            // takes no byte
  std::deque<wire::Bytes> outbox;  // at the edge
  bool closing = false;            // once the outbox is empty
  wire::Code close_code = wire::Code::ok;
};

class World {
 public:
  World(const Plan& plan, std::size_t trace_lines);

  // Load and troubles, then peace until all is quiet, then one more letter from everyone. Throws
  // Violation.
  void run();

  // ---- what parts use
  const Plan plan;
  Chance chance;
  Schedule schedule;
  Trace trace;
  MailJudge mail;
  RoadJudge roads;
  std::deque<Rank> ranks;
  std::deque<Edge> edges;
  std::deque<Device> devices;
  std::vector<std::shared_ptr<Pipe>> pipes;
  std::vector<std::shared_ptr<Socket>> sockets;

  Fifo<wire::Bytes>& link(wire::RankId from, wire::RankId to) {
    return links_[from * plan.ranks + to];
  }
  void ring(wire::RankId to);
  std::int64_t delay(std::int64_t most_us) { return chance.between<std::int64_t>(1, most_us); }
  void kill_job(const char* why);
  bool at_peace() const { return at_peace_; }
  wire::Bytes user_name(std::size_t user) const { return "user" + std::to_string(user); }

  template <class... Parts>
  void note(const Parts&... parts) {
    if (!trace.on()) return;
    std::string text;
    ((text += part_text(parts)), ...);
    trace.line(schedule.now_us(), text);
  }

 private:
  static std::string part_text(std::string_view text) { return std::string(text); }
  static std::string part_text(std::uint64_t number) { return std::to_string(number); }
  static std::string part_text(wire::Kind kind) {
    return std::to_string(static_cast<unsigned>(kind));
  }

  void start_job();
  void plan_load();
  void plan_troubles();
  void kill(Edge& edge);
  void stop(Edge& edge);
  void stop(Rank& rank);
  void fill(Rank& rank);
  void drain(Edge& edge);
  void stop_job();
  void look_at_stop(std::int64_t patience_ends_us, wire::Epoch job);
  void enable(const wire::Bytes& user);
  void revoke(const wire::Bytes& user);
  wire::Bytes friend_of(const Device& device);
  void make_peace();
  void run_until(std::int64_t time_us);
  bool is_quiet();
  void wait_until_quiet(std::int64_t limit_us, const char* when);
  void probe();
  void say_goodbye();
  void sample();

  std::deque<Fifo<wire::Bytes>> links_;
  wire::Epoch epoch_ = 0;
  bool job_up_ = false;
  bool at_peace_ = false;
  int unfinished_ = 0;  // troubles that have an end to come
  std::int64_t peace_since_us_ = 0;
};

}  // namespace trunkline::sim
