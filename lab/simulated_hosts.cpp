#include "lab/simulated_hosts.h"

#include <cmath>

namespace trunkline::lab {
namespace {

constexpr double kSecondNs = 1e9;
constexpr double kBetweenExchangesNs = 1e5, kAnswerNs = 500;
constexpr double kDelayLeastNs = 5'000, kDelaySpreadNs = 25'000;
constexpr double kQueueChance = 0.1, kQueueNs = 3e6;

std::int64_t read(double time) {
  return static_cast<std::int64_t>(std::floor(time));
}

}  // namespace

SimulatedHosts::SimulatedHosts(unsigned seed, std::int64_t offset, double drift)
    : random_(seed), offset_(offset), drift_(drift) {}

std::int64_t SimulatedHosts::other(double ours) const {
  return read(ours + drift_ * ours) + offset_;
}

std::int64_t SimulatedHosts::offset_at(std::int64_t ours) const {
  return other(static_cast<double>(ours)) - ours;
}

ClockExchange SimulatedHosts::exchange(double begin) {
  const double there = begin + delay(), answered = there + kAnswerNs * unit_(random_);
  const double back = answered + delay();
  return {read(begin), other(there), other(answered), read(back)};
}

std::vector<ClockExchange> SimulatedHosts::bursts(double from, double to, int each) {
  std::vector<ClockExchange> all;
  for (double burst = from; burst <= to; burst += kSecondNs) {
    for (int i = 0; i < each; ++i) all.push_back(exchange(burst + i * kBetweenExchangesNs));
  }
  return all;
}

void SimulatedHosts::drift_by(double drift, double from) {
  offset_ += static_cast<std::int64_t>((drift_ - drift) * from);
  drift_ = drift;
}

// 5 to 30 us, each way its own, and now and then a queue of milliseconds.
double SimulatedHosts::delay() {
  const double queue = unit_(random_) < kQueueChance ? kQueueNs * unit_(random_) : 0;
  return kDelayLeastNs + kDelaySpreadNs * unit_(random_) * unit_(random_) + queue;
}

}  // namespace trunkline::lab
