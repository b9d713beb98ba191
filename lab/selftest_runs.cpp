#include <algorithm>
#include <boost/asio/io_context.hpp>

#include "lab/format.h"
#include "lab/null_sink.h"
#include "lab/selftest.h"

namespace trunkline::lab {
namespace {

constexpr double kRate = 1'000;
constexpr std::size_t kStallPairs = 20;
constexpr double kStallBeginsS = 1, kStallS = 2;
constexpr std::int64_t kDelayedNs = 50'000'000;  // what nobody waits without a stall
constexpr double kCountTolerance = 0.15, kQuarterToleranceS = 0.2;

constexpr std::size_t kPairs = 100, kWindow = 16;
constexpr double kMoreThanAnyone = 1e8;  // messages a second: always behind
constexpr double kTimesEnough = 3;

LoadConfig load_on(const Target& target, const Cell& cell) {
  LoadConfig load = load_of(cell, target.urls, target.logins, 1);
  load.pids = target.pids;
  return load;
}

// Of those that were delayed, the wait that this part of them did not exceed, in seconds.
double delayed_quantile(const Histogram& times, std::uint64_t delayed, double part) {
  const auto all = static_cast<double>(times.count());
  const auto prompt = all - static_cast<double>(delayed);
  return static_cast<double>(times.at((prompt + part * static_cast<double>(delayed)) / all)) / 1e9;
}

std::uint64_t above(const Histogram& times, std::int64_t nanoseconds) {
  std::uint64_t count = 0;
  for (std::size_t place = 0; place < times.counts().size(); ++place) {
    if (Histogram::value_at(place) > nanoseconds) count += times.counts()[place];
  }
  return count;
}

// Messages a second for each core that the generator took.
double generator_alone() {
  const NullSink sink;
  LoadConfig load;
  load.urls = {sink.url()};
  load.traffic = Traffic(std::vector<Ends>(kPairs, {0, 0}));
  load.logins = numbered_logins("u", 2 * kPairs);
  load.mechanism = Mechanism::plain;
  load.rate_per_second = kMoreThanAnyone;
  load.measured_s = 2;
  const LoadResult result = run_load(load, {});
  return static_cast<double>(result.measured.sent_in_time) / result.measured_s /
         result.generator_cores;
}

}  // namespace

SelfTest selftest_co(const Target& target, const Stall& stall) {
  Cell cell;
  cell.message_class = wire::MessageClass::stored;  // direct ones are dropped where they pile up
  cell.pairs = kStallPairs;
  cell.rate_per_second = kRate;
  bool stopped = false, gone_on = false;
  const auto on_progress = [&](const Progress& progress) {
    if (progress.phase != Phase::measuring) return;
    if (!stopped && progress.seconds_in_phase >= kStallBeginsS) {
      stopped = true;
      stall.stop();
    }
    if (!gone_on && progress.seconds_in_phase >= kStallBeginsS + kStallS) {
      gone_on = true;
      stall.go_on();
    }
  };
  const LoadResult result = run_load(load_on(target, cell), on_progress);
  const Histogram& times = result.times.shown;
  const std::uint64_t delayed = above(times, kDelayedNs);
  const double wanted = kRate * kStallS;
  bool spread = delayed > 0;
  std::string quarters;
  for (const double part : {0.25, 0.5, 0.75, 1.0}) {
    const double waited_s = delayed > 0 ? delayed_quantile(times, delayed, part) : 0;
    spread = spread && std::abs(waited_s - part * kStallS) < kQuarterToleranceS;
    quarters += format(" %.2f", waited_s);
  }
  const bool right = std::abs(static_cast<double>(delayed) - wanted) < kCountTolerance * wanted;
  const bool all = result.sums.shown == result.sums.sent;
  return {right && spread && all,
          format("co: a rank stood still for %.0f s at %.0f messages a second: %llu messages were "
                 "delayed, a quarter each up to%s s; %llu of %llu arrived",
                 kStallS, kRate, static_cast<unsigned long long>(delayed), quarters.c_str(),
                 static_cast<unsigned long long>(result.sums.shown),
                 static_cast<unsigned long long>(result.sums.sent))};
}

SelfTest selftest_gen(const Target& target) {
  Cell cell;
  cell.pairs = kPairs;
  cell.window = kWindow;
  const LoadResult result = run_load(load_on(target, cell), {});
  const double rate = static_cast<double>(result.measured.shown_in_time) / result.measured_s;
  const double cores = result.servers.cpu_us / 1e6 / result.measured_s;
  const double cluster = cores > 0 ? rate / cores : 0, alone = generator_alone();
  return {
      cluster > 0 && alone >= kTimesEnough * cluster,
      format("gen: alone the generator sends %.0f messages a second and core; the cluster routes "
             "%.0f with %.2f cores, %.0f a core: %.1f times",
             alone, rate, cores, cluster, cluster > 0 ? alone / cluster : 0)};
}

}  // namespace trunkline::lab
