// What the event loops of one edge share: how many connections there are, who failed to log in, the
// password workers, the TLS context, and the counters that /metrics adds up.
//
// Threads: every method from any thread. The one mutex is taken per connection and per login, never
// per message.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <map>
#include <mutex>

#include "edge/counters.h"
#include "edge/edge.h"
#include "edge/login_throttle.h"
#include "edge/password_workers.h"
#include "edge/tls.h"

namespace trunkline::edge {

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
  const std::shared_ptr<boost::asio::ssl::context>& tls() const { return tls_; }  // none: plain

  // The counters of one thread as they are now, for the others' /metrics.
  void publish(std::uint32_t thread, const ThreadCounters& counters);
  std::map<std::uint32_t, ThreadCounters> published();

 private:
  const bool lab_;
  const std::size_t connections_max_, connections_per_address_max_;
  std::shared_ptr<boost::asio::ssl::context> tls_;
  std::mutex mutex_;  // guards the four below
  std::size_t connections_ = 0;
  std::unordered_map<std::string, std::size_t> connections_of_;
  LoginThrottle throttle_;
  std::map<std::uint32_t, ThreadCounters> counters_;
  PasswordWorkers passwords_;
};

}  // namespace trunkline::edge
