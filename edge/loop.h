// The middle of one edge thread: what joins the sockets, the gateway and the port to the rank.
//
// One turn: whatever the io_context has ready (messages, batches, timers) is stepped through the
// gateway at once, and what comes of it for clients lies corked in their sockets. A handler posted
// behind them ends the turn: sockets are flushed, the gateway closes its batch, the batch goes to
// the rank, and the port is drained once more before the thread may sleep.
//
// Threads: one. Everything here is called on the io_context's thread.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <queue>
#include <unordered_map>
#include <vector>

#include "edge/connection.h"
#include "edge/counters.h"
#include "edge/edge_shared.h"
#include "edge/gateway.h"
#include "edge/json_codec.h"
#include "edge/listener.h"
#include "edge/rank_port.h"
#include "edge/sasl.h"

namespace trunkline::edge {

class Loop : public std::enable_shared_from_this<Loop> {
 public:
  Loop(boost::asio::io_context& io, zmq::context_t& zmq, const EdgeConfig& config,
       std::uint32_t thread, std::shared_ptr<EdgeShared> shared);

  // ---- the owner's (edge.h)
  std::uint16_t start();
  void stop(std::function<void()> done);
  void reload();
  bool turn(std::size_t rank_sent);
  bool is_due() const { return turn_open_ || expected_ > 0; }
  std::size_t sent() { return std::exchange(sent_, 0); }
  void abandon();

  // ---- EdgeShared's, and our own (loop_drain.cpp, loop_orders.cpp)
  void take_settings();
  // Away with the clients, `rate` sessions a second, to one of `urls` (separated by line feeds).
  void drain(const wire::Bytes& urls, double rate);
  void undrain();

  // ---- the connections'
  // Every event of the gateway's goes in here; what comes of it has been acted on, or will be when
  // the event that is being acted on is done.
  template <class Event>
  void step(const Event& event) {
    begin_turn();
    gateway_.step({now_, event}, effects_);
    act();
  }
  void begin_turn();
  void has_unflushed(Connection& connection);
  void closed(Connection& connection);  // its socket is; may be called once
  void schedule(Connection& connection);
  void ask_metrics(Connection& connection);
  std::string own_metrics();
  // The live page (loop_live.cpp): `connection` shall show what the ranks tell.
  void look_live(Connection& connection);
  LiveSnapshot live_snapshot() { return shared_->live().snapshot(now_us()); }
  bool shows_live_page() const;
  std::string health() const;
  bool is_healthy() const { return gateway_.port_up() && !leaving_; }
  bool may_use_plain() const;  // PLAIN: under TLS, or where nobody can listen

  boost::asio::io_context& io() { return io_; }
  const EdgeConfig& config() const { return config_; }
  EdgeShared& shared() { return *shared_; }
  const std::shared_ptr<ReturnPath>& return_path() const { return return_path_; }
  const std::vector<std::string>& origins() const { return origins_; }
  Sasl& sasl() { return sasl_; }
  JsonReader& json() { return json_; }
  RimCounters& counters() { return counters_; }
  Connection* find(wire::SessionId id);
  std::int64_t now_us() { return (begin_turn(), now_.mono_us); }
  wire::TraceRing& traced() { return traced_; }
  bool is_leaving() const { return leaving_; }
  void send_away(Conversation& conversation);  // one that has not logged in

  // Buffers whose contents live for one message.
  wire::Bytes frame_buffer, text_buffer;

 private:
  void open_door();
  void accepted(Socket socket, const boost::asio::ip::address& peer);
  void take_batch(char* batch, std::size_t size);
  void act();
  void on(const ToClient& action);
  void on(const VerifierReady& action);
  void on(const Close& action);
  void on(const Reading& action);
  void on(const AdminAnswered& action);
  void ask_live(const std::vector<wire::RankId>& ranks);
  void ask_turn();
  bool take_live(const AdminAnswered& answer);
  void show_live();
  void obey(const EdgeOrder& order);
  std::string drain_all(wire::BytesView argument);
  void undrain_all();
  std::string status();
  std::string take_reload();
  bool drain_port();
  bool drain_expected();
  void end_turn();
  void end_gateway_turn();
  void flush_sockets();
  ThreadCounters thread_counters() const;
  void publish_counters();
  void arm_timer();
  void on_timer();
  void look_at_deadlines();
  void leave(wire::Code code, const wire::Bytes& urls);
  void close_strangers();
  void finish_if_drained();

  boost::asio::io_context& io_;
  const EdgeConfig config_;
  const std::uint32_t thread_;
  std::shared_ptr<EdgeShared> shared_;
  wire::TraceRing& traced_;
  std::shared_ptr<const EdgeSettings> settings_;  // as this loop has taken them
  std::shared_ptr<ReturnPath> return_path_;
  std::vector<std::string> origins_;
  Sasl sasl_;
  JsonReader json_;
  Gateway gateway_;
  GatewayEffects effects_;
  RimCounters counters_;

  wire::Now now_;           // of the turn
  bool turn_open_ = false;  // something happened since the last end_turn()
  bool acting_ = false, ending_ = false;
  bool reopen_ = false;
  // Whether the port may have something. To ask ZeroMQ costs two system calls, so it is asked after
  // its descriptor was readable, and after a send, which may have swallowed that.
  bool port_due_ = true;
  std::size_t sent_ = 0;      // for sent()
  std::size_t expected_ = 0;  // fused: batches that the rank has sent, and that were not taken yet
  std::int64_t gateway_wake_us_ = 0, published_us_ = 0;

  wire::SessionId last_id_ = 0;
  std::unordered_map<wire::SessionId, std::shared_ptr<Connection>> connections_;
  std::vector<std::shared_ptr<Connection>> unflushed_, flushing_;
  // The live page: what was asked of ranks, by the number under which it is answered, and who
  // waits.
  struct LiveQuestion {
    wire::RankId rank;
    std::int64_t asked_us;  // 0, but for how long the answer takes
    std::string text;
  };
  std::unordered_map<wire::SessionId, LiveQuestion> live_questions_;
  std::vector<wire::SessionId> live_waiting_;
  // Earliest deadlines, some of them out of date: a connection whose deadline has moved on is put
  // in again when its old one is met.
  using Deadline = std::pair<std::int64_t, wire::SessionId>;
  std::priority_queue<Deadline, std::vector<Deadline>, std::greater<>> deadlines_;
  boost::asio::steady_timer timer_;
  std::int64_t armed_us_ = 0;  // when timer_ fires; 0: it does not

  // Leaving: clients are sent away and no more are let in, for good (stopping: nobody listens
  // either) or until undrain().
  bool leaving_ = false, stopping_ = false, drained_ = false, abandoned_ = false;
  wire::Code leaving_code_ = wire::Code::shutdown;
  wire::Bytes leaving_urls_;
  std::int64_t stop_deadline_us_ = 0;
  std::function<void()> stopped_;

  std::uint16_t port_number_ = 0;
  wire::Bytes url_;  // for clients; set by start()
  std::unique_ptr<Listener> listener_;
  RankPort port_;
};

}  // namespace trunkline::edge
