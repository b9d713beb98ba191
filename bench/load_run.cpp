#include "bench/load_run.h"

#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <stdexcept>

#include "lab/clock.h"
#include "lab/histogram.h"
#include "lab/process_meter.h"
#include "wire/bytes.h"

namespace trunkline::bench {
namespace {

namespace asio = boost::asio;
using lab::now_ns;
using Clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;

constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::int64_t kProbeEveryNs = 20'000'000;
constexpr std::int64_t kConnectedWithinNs = 20 * kSecondNs;
constexpr std::uint32_t kOpeningMax = 32;  // logins at a time: each costs an edge a password's hash
constexpr std::int64_t kDrainNs = kSecondNs;
// Taking a meter's reading costs about a millisecond: it happens this long before and after the
// time whose messages are measured.
constexpr std::int64_t kMarginNs = 50'000'000;
constexpr std::int64_t kProbe = 0;  // the intended time of a message that only tries the road

double own_cpu_s() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

Percentiles percentiles_of(const lab::Histogram& histogram) {
  const auto us = [](std::int64_t ns) { return static_cast<double>(ns) / 1e3; };
  return {histogram.count(),      us(histogram.at(0.5)),   us(histogram.at(0.9)),
          us(histogram.at(0.99)), us(histogram.at(0.999)), us(histogram.max())};
}

struct Pair {
  std::unique_ptr<RoadEnd> sender, receiver;
  std::uint32_t sent = 0;
  std::uint32_t highest = 0;  // sequence number seen
  std::uint64_t arrived = 0;  // probes not counted
  bool connected = false;     // a probe came through
  bool touched = false;       // has something to flush in this turn
};

class Run {
 public:
  Run(const LoadConfig& config, const MakeEnd& make_end)
      : config_(config),
        make_end_(make_end),
        pairs_(config.pairs),
        timer_(io_),
        meter_(config.server_pids) {
    payload_.resize(std::max<std::size_t>(config.payload_bytes, kStampBytes), '.');
  }

  LoadResult run() {
    connect();
    begin_ns_ = now_ns();
    measured_from_ns_ = begin_ns_ + static_cast<std::int64_t>(config_.warmup_s * 1e9) + kMarginNs;
    measured_to_ns_ = measured_from_ns_ + static_cast<std::int64_t>(config_.seconds * 1e9);
    end_ns_ = measured_to_ns_ + kMarginNs;
    sending_ = true;
    if (config_.rate_per_second > 0) {
      next_due_ns_ = begin_ns_;
      send_due();
    } else {
      fill_windows();
    }
    run_until(measured_from_ns_ - kMarginNs);
    meter_.begin();
    const Reading first = read();
    run_until(measured_to_ns_);
    const Reading last = read();
    meter_.end();
    run_until(end_ns_);
    sending_ = false;
    run_until(end_ns_ + kDrainNs);
    return result(first, last);
  }

 private:
  // A payload begins with: i64 intended time, u32 pair, u32 sequence number.
  static constexpr std::size_t kStampBytes = 16;

  struct Reading {
    std::int64_t at_ns;
    double own_cpu_s;
    std::uint64_t delivered, acknowledged;
  };
  Reading read() { return {now_ns(), own_cpu_s(), delivered_, acknowledged_}; }

  void run_until(std::int64_t when_ns) {
    while (now_ns() < when_ns) {
      io_.run_one_until(Clock::time_point(nanoseconds(when_ns)));
      if (!failure_.empty()) throw std::runtime_error(failure_);
    }
  }

  // ---- before: everyone connected, and one message through for each pair

  void connect() {
    const std::int64_t give_up_ns = now_ns() + kConnectedWithinNs;
    while (ready_ < 2 * config_.pairs) {
      while (opened_ < config_.pairs && 2 * opened_ - ready_ < kOpeningMax) open(opened_++);
      step_towards(give_up_ns);
    }
    for (;;) {
      bool all = true;
      for (Pair& pair : pairs_) {
        if (pair.connected) continue;
        all = false;
        send(pair, kProbe);
        pair.sender->flush();
      }
      if (all) break;
      run_until(now_ns() + kProbeEveryNs);
      step_towards(give_up_ns);
    }
    run_until(now_ns() + kProbeEveryNs);  // late probes
    for (Pair& pair : pairs_) pair.sent = pair.highest = 0;
  }
  void step_towards(std::int64_t give_up_ns) {
    run_until(now_ns() + 1'000'000);
    if (now_ns() > give_up_ns) throw std::runtime_error("not every pair is connected after 20 s");
  }

  void open(std::uint32_t number) {
    Pair& pair = pairs_[number];
    RoadEnd::Handlers handlers;
    handlers.on_ready = [this] { ++ready_; };
    handlers.on_message = [this](wire::BytesView payload) { arrived(payload); };
    handlers.on_acknowledged = [this](wire::BytesView stamp) { acknowledged(stamp); };
    handlers.on_failed = [this, number](const std::string& why) {
      failure_ = "pair " + std::to_string(number) + ": " + why;
    };
    pair.receiver = make_end_(io_, {config_.receiver_url, number, Side::receiver}, handlers);
    handlers.on_message = [](wire::BytesView) {};  // the sender's own copy
    pair.sender = make_end_(io_, {config_.sender_url, number, Side::sender}, handlers);
  }

  // ---- sending

  void send(Pair& pair, std::int64_t intended_ns) {
    wire::store_le(payload_.data(), intended_ns);
    wire::store_le(payload_.data() + 8, static_cast<std::uint32_t>(&pair - pairs_.data()));
    wire::store_le(payload_.data() + 12, ++pair.sent);
    pair.sender->send(payload_);
    if (intended_ns != kProbe) ++sent_;
  }

  void touch(Pair& pair) {
    if (pair.touched) return;
    pair.touched = true;
    touched_.push_back(&pair);
  }
  void flush_touched() {
    for (Pair* pair : touched_) {
      pair->touched = false;
      pair->sender->flush();
    }
    touched_.clear();
  }

  void send_due() {
    const std::int64_t now = now_ns();
    for (; next_due_ns_ <= now && next_due_ns_ < end_ns_; ++due_) {
      Pair& pair = pairs_[due_ % pairs_.size()];
      send(pair, next_due_ns_);
      touch(pair);
      if (measured(next_due_ns_)) lateness_.record(now - next_due_ns_);
      next_due_ns_ += static_cast<std::int64_t>(1e9 / config_.rate_per_second);
    }
    flush_touched();
    if (next_due_ns_ >= end_ns_) return;
    timer_.expires_at(Clock::time_point(nanoseconds(next_due_ns_)));
    timer_.async_wait([this](boost::system::error_code) { send_due(); });
  }

  void fill_windows() {
    for (Pair& pair : pairs_) {
      for (std::uint32_t i = 0; i < config_.window; ++i) send(pair, now_ns());
      pair.sender->flush();
    }
  }
  // One of the window is free: another one, flushed with all that this turn frees.
  void send_again(Pair& pair, std::int64_t now) {
    if (!sending_ || config_.rate_per_second > 0) return;
    send(pair, now);
    if (touched_.empty()) asio::post(io_, [this] { flush_touched(); });
    touch(pair);
  }

  // ---- arriving

  bool measured(std::int64_t intended_ns) const {
    return intended_ns >= measured_from_ns_ && intended_ns < measured_to_ns_;
  }

  void arrived(wire::BytesView payload) {
    if (payload.size() < kStampBytes) return;
    const auto intended = wire::load_le<std::int64_t>(payload.data());
    Pair& pair = pairs_[wire::load_le<std::uint32_t>(payload.data() + 8) % pairs_.size()];
    const auto sequence = wire::load_le<std::uint32_t>(payload.data() + 12);
    if (intended == kProbe) {
      pair.connected = true;
      return;
    }
    if (intended < begin_ns_) return;  // stored, and left over from a run before
    const std::int64_t now = now_ns();
    ++delivered_;
    ++pair.arrived;
    if (sequence == pair.highest) ++repeated_;
    if (sequence < pair.highest) ++reordered_;
    pair.highest = std::max(pair.highest, sequence);
    if (measured(intended)) latency_.record(now - intended);
    if (!config_.by_acknowledgement) send_again(pair, now);
  }

  void acknowledged(wire::BytesView stamp) {
    const auto intended = wire::load_le<std::int64_t>(stamp.data());
    if (intended < begin_ns_) return;  // a probe
    Pair& pair = pairs_[wire::load_le<std::uint32_t>(stamp.data() + 8) % pairs_.size()];
    const std::int64_t now = now_ns();
    ++acknowledged_;
    if (measured(intended)) acknowledged_after_.record(now - intended);
    if (config_.by_acknowledgement) send_again(pair, now);
  }

  LoadResult result(const Reading& first, const Reading& last) {
    LoadResult result;
    result.latency = percentiles_of(latency_);
    result.lateness = percentiles_of(lateness_);
    result.acknowledged = percentiles_of(acknowledged_after_);
    const double elapsed_s = 1e-9 * static_cast<double>(last.at_ns - first.at_ns);
    const auto delivered = static_cast<double>(last.delivered - first.delivered);
    result.delivered_per_second = delivered / elapsed_s;
    result.acknowledged_per_second =
        static_cast<double>(last.acknowledged - first.acknowledged) / elapsed_s;
    const lab::ProcessCost servers = meter_.cost();
    if (!servers.complete) throw std::runtime_error("a server process ended or began meanwhile");
    result.server_cpu_us_per_message = servers.cpu_us / delivered;
    result.server_sleeps_per_message = static_cast<double>(servers.sleeps) / delivered;
    result.generator_cores = (last.own_cpu_s - first.own_cpu_s) / elapsed_s;
    result.sent = sent_;
    std::uint64_t arrived = 0;
    for (const Pair& pair : pairs_) arrived += pair.arrived;
    result.lost = sent_ - arrived;
    result.repeated = repeated_;
    result.reordered = reordered_;
    return result;
  }

  const LoadConfig& config_;
  const MakeEnd& make_end_;
  asio::io_context io_{1};
  std::vector<Pair> pairs_;
  std::vector<Pair*> touched_;
  asio::steady_timer timer_;
  wire::Bytes payload_;
  std::string failure_;
  std::uint32_t opened_ = 0, ready_ = 0;
  bool sending_ = false;
  std::uint64_t due_ = 0;
  std::int64_t begin_ns_ = 0, next_due_ns_ = 0, measured_from_ns_ = 0, measured_to_ns_ = 0,
               end_ns_ = 0;
  std::uint64_t sent_ = 0, delivered_ = 0, acknowledged_ = 0, repeated_ = 0, reordered_ = 0;
  lab::ProcessMeter meter_;
  lab::Histogram latency_, lateness_, acknowledged_after_;
};

}  // namespace

LoadResult run_load(const LoadConfig& config, const MakeEnd& make_end) {
  return Run(config, make_end).run();
}

}  // namespace trunkline::bench
