// What the event loops of one edge share: how many connections there are, who failed to log in, the
// password workers, the settings that a reload changes, and the counters that /metrics adds up.
//
// Threads: every method from any thread. The one mutex is taken per connection and per login, never
// per message.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <map>
#include <mutex>

#include "edge/counters.h"
#include "edge/edge.h"
#include "edge/live_board.h"
#include "edge/login_throttle.h"
#include "edge/password_workers.h"
#include "edge/tls.h"
#include "wire/trace.h"

namespace trunkline::edge {

class Loop;

// What a reload may change. Whole and unchanging: a new one replaces it.
struct EdgeSettings {
  std::shared_ptr<boost::asio::ssl::context> tls;  // none: plain
  std::int64_t certificate_expires_s = 0;          // Unix time; 0: plain
  std::vector<std::string> origins;                // allowed besides the edge's own
  std::size_t connections_max, connections_per_address_max;
  SessionRates rates;
};

class EdgeShared {
 public:
  // Throws std::runtime_error that says what to do.
  explicit EdgeShared(const EdgeConfig& config);

  enum class Admission : std::uint8_t { admitted, full, too_many_of_address };
  // Whether one more connection from `address` is let in; then it is counted until left().
  Admission admit(const boost::asio::ip::address& address);
  void left(const boost::asio::ip::address& address);

  bool may_try(const boost::asio::ip::address& address, wire::BytesView user, std::int64_t now_us);
  void login_failed(const boost::asio::ip::address& address, wire::BytesView user,
                    std::int64_t now_us);

  PasswordWorkers& passwords() { return passwords_; }
  LiveBoard& live() { return live_; }
  wire::Trace& trace() { return config_.trace != nullptr ? *config_.trace : own_trace_; }

  std::shared_ptr<const EdgeSettings> settings();
  // Reads the configuration anew. Throws std::runtime_error that says what is wrong, and then all
  // is as it was. Returns what it took, and what only a restart would take, for people.
  std::string reload();

  // The loops, in the order of their threads; each calls this once.
  void join(boost::asio::io_context& io, std::weak_ptr<Loop> loop);
  std::size_t loops();
  // On every loop's own thread, later.
  void on_every_loop(std::function<void(Loop&)> act);

  // The counters of one thread as they are now, for the others' /metrics.
  void publish(std::uint32_t thread, const ThreadCounters& counters);
  std::map<std::uint32_t, ThreadCounters> published();

 private:
  const EdgeConfig config_;  // as it was started
  wire::Trace own_trace_;
  LiveBoard live_;
  std::mutex mutex_;  // guards all below but the workers
  std::shared_ptr<const EdgeSettings> settings_;
  std::vector<std::pair<boost::asio::io_context*, std::weak_ptr<Loop>>> loops_;
  std::size_t connections_ = 0;
  std::unordered_map<std::string, std::size_t> connections_of_;
  LoginThrottle throttle_;
  std::map<std::uint32_t, ThreadCounters> counters_;
  PasswordWorkers passwords_;
};

}  // namespace trunkline::edge
