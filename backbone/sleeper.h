// The one place where a rank sleeps: an Asio io_context, waiting for every descriptor that may
// bring work and for one deadline. When fused, the edge's sockets live on the same io_context.
//
// A watch is a level, looked at again each time the rank polls or goes to sleep.
//
// Threads: the rank's one thread.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace trunkline::backbone {

// What ended a sleep. `edge`: a socket of the edge that this thread runs.
enum class Wake : std::uint8_t { port, doorbell, store, timer, admin, edge, signal, kCount };
std::string_view to_string(Wake wake);

struct SleepCounters {
  std::uint64_t sleeps = 0;
  // Sleeps that each cause ended; one sleep may have several.
  std::array<std::uint64_t, static_cast<std::size_t>(Wake::kCount)> woken{};
};

class Sleeper {
 public:
  explicit Sleeper(boost::asio::io_context& io);
  ~Sleeper();
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;

  // Wakes when `descriptor` (not owned; must outlive this) is readable, and calls `ready`.
  void watch(int descriptor, Wake cause, std::function<void()> ready = {});
  // For handlers of others on the same io_context: why the sleep ended.
  void note(Wake cause) { causes_ |= 1u << static_cast<unsigned>(cause); }

  // Runs what is ready, a bounded number; never blocks. Costs two system calls or more: not for
  // every turn.
  void poll();
  // Sleeps until something is ready or `deadline_us` (monotonic clock) has come, and runs it.
  void sleep_until(std::int64_t deadline_us);
  // Whether this ended the last sleep, or has been noted since.
  bool woken_by(Wake cause) const { return (causes_ >> static_cast<unsigned>(cause) & 1u) != 0; }

  const SleepCounters& counters() const { return counters_; }

 private:
  struct Watch;
  void run_ready();
  void set_alarm(std::int64_t deadline_us);
  void wait_for_all();

  boost::asio::io_context& io_;
  int alarm_ = -1;             // a timerfd: to be precise, and moved without waking anyone
  std::int64_t armed_us_ = 0;  // what it is set to; 0: not
  unsigned causes_ = 0;        // bits by Wake
  std::vector<std::unique_ptr<Watch>> watches_;
  std::vector<Watch*> idle_;  // of them: not waiting, because they have just spoken
  SleepCounters counters_;
};

}  // namespace trunkline::backbone
