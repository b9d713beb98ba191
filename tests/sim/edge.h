// One edge process with one event loop: the real Gateway, and the rim around it as simply as it can
// be: sockets that take and give frames, one port.
#pragma once

#include <memory>
#include <vector>

#include "edge/gateway.h"
#include "tests/sim/schedule.h"

namespace trunkline::sim {

class World;
struct Pipe;
struct Socket;

class Edge {
 public:
  Edge(World& world, std::size_t number);

  void start();
  void die();  // SIGKILL: sockets and what they held are gone
  bool alive() const { return gateway_ != nullptr; }
  void stop() { stopped_ = true; }
  void go_on();
  void drain();  // leaves when its clients have gone

  void connect(const std::shared_ptr<Socket>& socket);
  void poke();
  // Frames in the port vanish; neither end is told.
  void lose_frames();

  std::size_t number() const { return number_; }
  const edge::Gateway& gateway() const { return *gateway_; }
  Socket* find(wire::SessionId session) const;

 private:
  void turn_at(std::int64_t time_us);
  void turn();
  void take_port();
  void take_sockets();
  void act();
  void act(const edge::ToClient& action);
  void act(const edge::VerifierReady& action);
  void act(const edge::Close& action);
  void act(const edge::Reading& action);
  void act(const edge::AdminAnswered&) {}
  void flush(Socket& socket);
  void finish(Socket& socket, bool plainly);
  void open_port();
  void close_port();
  template <class What>
  void step(const What& what);

  World& world_;
  const std::size_t number_;
  std::unique_ptr<edge::Gateway> gateway_;
  std::uint64_t lives_ = 0;
  bool stopped_ = false, missed_turn_ = false, opening_ = false;
  std::int64_t turn_at_us_ = kNever;
  wire::Incarnation incarnation_ = 0;
  wire::SessionId last_session_ = 0;
  std::shared_ptr<Pipe> pipe_;
  std::vector<std::shared_ptr<Socket>> arrivals_, sockets_;
  std::vector<std::pair<wire::SessionId, std::size_t>> flushed_;
  std::vector<wire::Bytes> batches_;  // of this turn: effects point into them
  edge::GatewayEffects effects_;
};

}  // namespace trunkline::sim
