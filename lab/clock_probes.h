// Compares the clocks of a cluster while it serves: clients of its own, one at each place, send one
// another small messages there and at once back, a burst each second. They are ordinary direct
// messages with stamps, so servers know nothing of it. If the first burst met one clock alone, it
// was the last.
//
// Threads: the one of the io_context.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lab/client.h"
#include "lab/clock_exchanges.h"
#include "lab/targets.h"
#include "lab/traffic.h"

namespace trunkline::lab {

class ClockProbes {
 public:
  struct Config {
    std::vector<std::string> urls;  // of the places
    std::vector<Ends> pairs;        // between which messages will go
    std::vector<Login> logins;      // one for each place and one more, of users of nobody else
    Mechanism mechanism = Mechanism::scram;
    bool verify_certificate = false;
    std::size_t rank_count = 0;  // of the cluster; 0: not known
    double resync_s = 1;         // between bursts; 0: there is but one
  };
  // `on_ready`: once, when the first burst is over, or will not come. `on_burst`: after each.
  struct Handlers {
    std::function<void()> on_ready;
    std::function<void()> on_burst = {};
  };
  // REQUIRES: logins are enough.
  ClockProbes(boost::asio::io_context& io, Config config, Handlers handlers);
  ~ClockProbes();

  void open();
  // One burst more, now, that closes what is known.
  void finish();
  bool finished() const { return phase_ == Phase::finished; }

  const ClockExchanges& exchanges() const { return exchanges_; }
  // Why clocks were not compared, or no longer; empty: they were.
  const std::string& problem() const { return problem_; }

  static std::size_t logins_needed(std::size_t places) { return places + 1; }

 private:
  enum class Phase : std::uint8_t { opening, bursting, resting, finished };
  struct Probe {  // a client and what it waits for
    std::unique_ptr<Client> client;
    bool welcomed = false;
  };

  std::size_t receiver_of(const Ends& pair) const;
  void take(std::size_t number, const wire::FrameView& frame);
  void took(std::size_t number, const wire::FrameView& frame);
  void begin_burst();
  void next_ping();
  void send(std::size_t from, std::size_t to);
  void end_burst();
  void rest();
  void fail(const std::string& why);
  void after(double seconds, std::function<void()> what);

  Config config_;
  Handlers handlers_;
  ClockExchanges exchanges_;
  std::vector<Ends> pairs_;     // that are probed
  std::vector<Probe> clients_;  // by place; the last one stands beside that of the first pair
  boost::asio::steady_timer timer_;
  std::string tag_, problem_;
  Phase phase_ = Phase::opening;
  bool ready_ = false, last_ = false;
  std::size_t pair_ = 0, pings_left_ = 0;  // of this burst
  std::uint64_t number_ = 0;               // of the message that is under way
  PingPong both_;                          // as far as it is known
};

}  // namespace trunkline::lab
