// Sleeping until a moment, and being there: a timer wakes late, by what the kernel and a sleeping
// core need (5 µs here, 50 µs there). So it is set earlier by as much as it was late before, and
// the rest is spent looking at the sockets.
#pragma once

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>

#include "lab/clock.h"

namespace trunkline::lab {

class Alarm {
 public:
  explicit Alarm(boost::asio::io_context& io) : io_(io), timer_(io) {}

  // Serves the io_context until `at_ns` (of now_ns()), or until one of its handlers has run.
  void serve_until(std::int64_t at_ns) {
    const std::int64_t wake_ns = at_ns - early_ns_;
    if (now_ns() < wake_ns) {
      if (armed_ns_ != wake_ns) arm(wake_ns);
      io_.run_one();
      return;
    }
    while (now_ns() < at_ns && io_.poll_one() == 0) {
    }
    if (now_ns() >= at_ns) io_.poll_one();
  }

 private:
  static constexpr std::int64_t kEarlyNsMax = 100'000;

  void arm(std::int64_t wake_ns) {
    armed_ns_ = wake_ns;
    timer_.expires_at(std::chrono::steady_clock::time_point(std::chrono::nanoseconds(wake_ns)));
    timer_.async_wait([this, wake_ns](auto cancelled) {
      if (cancelled) return;
      const std::int64_t late_ns = now_ns() - wake_ns;
      early_ns_ = std::clamp<std::int64_t>(early_ns_ + (late_ns - early_ns_) / 8, 0, kEarlyNsMax);
    });
  }

  boost::asio::io_context& io_;
  boost::asio::steady_timer timer_;
  std::int64_t armed_ns_ = 0, early_ns_ = 0;
};

}  // namespace trunkline::lab
