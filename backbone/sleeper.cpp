#include "backbone/sleeper.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <stdexcept>

namespace trunkline::backbone {
namespace asio = boost::asio;

namespace {

// Then the rank has a turn: what these brought fits into the caches on its way through it.
constexpr int kHandlersAtOnce = 16;

}  // namespace

std::string_view to_string(Wake wake) {
  constexpr std::string_view kNames[] = {"port",  "doorbell", "store", "timer",
                                         "admin", "edge",     "signal"};
  static_assert(std::size(kNames) == static_cast<std::size_t>(Wake::kCount));
  return kNames[static_cast<std::size_t>(wake)];
}

struct Sleeper::Watch {
  Watch(Sleeper& owner, int fd, Wake why, std::function<void()> then)
      : sleeper(owner), descriptor(owner.io_, fd), cause(why), ready(std::move(then)) {}
  ~Watch() { descriptor.release(); }

  // Asio registers edge-triggered, but each wait asks the kernel again: so a wait is a level.
  void wait() {
    descriptor.async_wait(asio::posix::descriptor_base::wait_read,
                          [this](const boost::system::error_code& error) {
                            if (error) return;
                            sleeper.idle_.push_back(this);
                            sleeper.note(cause);
                            if (ready) ready();
                          });
  }

  Sleeper& sleeper;
  asio::posix::stream_descriptor descriptor;
  Wake cause;
  std::function<void()> ready;
};

Sleeper::Sleeper(asio::io_context& io) : io_(io) {
  alarm_ = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (alarm_ < 0) throw std::runtime_error("cannot make a timer descriptor");
  watch(alarm_, Wake::timer, [this] {
    std::uint64_t times = 0;
    armed_us_ = 0;
    [[maybe_unused]] const auto taken = ::read(alarm_, &times, sizeof times);
  });
}

Sleeper::~Sleeper() {
  watches_.clear();
  ::close(alarm_);
}

void Sleeper::watch(int descriptor, Wake cause, std::function<void()> ready) {
  watches_.push_back(std::make_unique<Watch>(*this, descriptor, cause, std::move(ready)));
  idle_.push_back(watches_.back().get());
}

void Sleeper::poll() {
  wait_for_all();
  run_ready();
}

void Sleeper::run_ready() {
  for (int n = 0; n < kHandlersAtOnce && io_.poll_one() > 0; ++n) {
  }
}

void Sleeper::wait_for_all() {
  for (Watch* watch : idle_) watch->wait();
  idle_.clear();
  // A context that has run out of work stops, and would not run again.
  if (io_.stopped()) io_.restart();
}

void Sleeper::set_alarm(std::int64_t deadline_us) {
  if (deadline_us == armed_us_) return;
  armed_us_ = deadline_us;
  itimerspec at{};
  at.it_value.tv_sec = deadline_us / 1'000'000;
  at.it_value.tv_nsec = deadline_us % 1'000'000 * 1'000;
  ::timerfd_settime(alarm_, TFD_TIMER_ABSTIME, &at, nullptr);
}

void Sleeper::sleep_until(std::int64_t deadline_us) {
  set_alarm(deadline_us);
  wait_for_all();
  causes_ = 0;
  ++counters_.sleeps;
  io_.run_one();
  run_ready();
  if (causes_ == 0) note(Wake::edge);
  for (std::size_t cause = 0; cause < counters_.woken.size(); ++cause) {
    if ((causes_ >> cause & 1u) != 0) ++counters_.woken[cause];
  }
}

}  // namespace trunkline::backbone
