#include "lab/load.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <stdexcept>

#include "lab/alarm.h"
#include "lab/arrivals.h"
#include "lab/clock.h"
#include "lab/clock_probes.h"

namespace trunkline::lab {
namespace asio = boost::asio;
using std::chrono::nanoseconds;

namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::int64_t kTickNs = kSecondNs / 5;
constexpr std::int64_t kTenthNs = kSecondNs / 10;
constexpr int kStalledTicks = 3;
constexpr std::size_t kLoginsAtOnce = 32;
constexpr std::int64_t kLoginPatienceNs = 60 * kSecondNs;
// A generator that is behind answers its sockets between two bursts.
constexpr int kBurst = 256;
// Longer than any answer may take (client-protocol rule 2), and than direct messages live.
constexpr std::int64_t kStoredPatienceNs = 16 * kSecondNs;
constexpr std::int64_t kDirectPatienceNs = 1 * kSecondNs;

double process_cpu_s() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// How many there will be; at a maximum rate nobody knows.
double traced_messages(const LoadConfig& config) {
  constexpr double kRateMax = 50'000;
  const double rate = config.window > 0 ? kRateMax : config.rate_per_second;
  return rate * config.measured_s * config.sampled_fraction;
}

std::string random_tag() {
  char tag[16];
  std::snprintf(tag, sizeof tag, "%08x-", std::random_device{}());
  return tag;
}

double seconds_of(std::int64_t time_ns) {
  return static_cast<double>(time_ns) / static_cast<double>(kSecondNs);
}

class Load {
 public:
  Load(const LoadConfig& config, const OnProgress& on_progress, const OnSlice& on_slice)
      : config_(config),
        on_progress_(on_progress),
        slices_(on_slice),
        schedule_(config.arrivals, config.rate_per_second, config.seed, config.traffic,
                  config.share,
                  nanoseconds_of(config.warmup_s) + nanoseconds_of(config.measured_s)),
        meter_(config.pids),
        alarm_(io_),
        tick_timer_(io_),
        measure_timer_(io_),
        tenth_timer_(io_) {
    PairRun& run = result_.measured;
    run.message_class = config.message_class;
    run.protocol = config.protocol;
    run.tag = random_tag();
    run.body.assign(config.body_bytes, 'x');
    run.stamped = config.stamped;
    run.trace_mode = config.trace_mode;
    run.sampled_fraction = config.sampled_fraction;
    run.cell = config.cell;
    run.places = config.urls.size();
    run.between.resize(run.places * run.places);
    run.slice = &slices_.now();
    run.chance.seed(static_cast<unsigned>(config.share.index + 1));
    by_number_.resize(config.traffic.pairs().size());
    for (std::size_t i = 0; i < by_number_.size(); ++i) {
      if (config.share.has(i)) add_pair(i);
    }
    if (!config.clock.logins.empty()) add_probes();
  }

  LoadResult run() {
    // Timers are else late by 50 µs, so that the kernel may gather them.
    ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    phase_began_ns_ = progressed_ns_ = now_ns();
    open_more();
    if (probes_) probes_->open();
    tick();
    while (!io_.stopped()) {
      if (sending_ && config_.window == 0 && due_ns_ < result_.measured.until_ns) {
        send_what_is_due();
      } else {
        io_.run_one();
      }
    }
    if (!failure_.empty()) throw std::runtime_error(failure_);
    result_.sums = sums();
    end_slice(now_ns());
    result_.measured.slice = nullptr;
    Measured all = slices_.finish();
    result_.times = std::move(all.times);
    result_.tenths = std::move(all.tenths);
    result_.shown_by_tenth = std::move(all.shown_by_tenth);
    if (config_.window > 0) result_.due = result_.times.lateness.count();
    for (const auto& pair : pairs_) result_.written_off += pair->written_off();
    result_.measured_s = config_.measured_s;
    result_.servers = meter_.cost();
    tell_clocks();
    return std::move(result_);
  }

 private:
  // ---- pairs

  void add_pair(std::size_t i) {
    const Ends places = config_.traffic.pairs()[i];
    Pair::Config config{i,
                        places,
                        config_.urls[places.from],
                        config_.urls[places.to],
                        config_.logins[2 * i],
                        config_.logins[2 * i + 1],
                        config_.mechanism,
                        config_.verify_certificate};
    Pair::Handlers handlers;
    handlers.on_ready = [this] { pair_ready(); };
    handlers.on_answered = [this, i] {
      progressed_ns_ = 0;  // read the clock at the next tick, not for each message
      if (config_.window > 0 && sending_) refill(*by_number_[i]);
    };
    handlers.on_failed = [this](const std::string& why) { fail(why); };
    pairs_.push_back(std::make_unique<Pair>(io_, result_.measured, config, handlers));
    by_number_[i] = pairs_.back().get();
  }

  void open_more() {
    while (opened_ < pairs_.size() && opened_ - ready_ < kLoginsAtOnce) pairs_[opened_++]->open();
  }

  void pair_ready() {
    ++ready_;
    open_more();
    begin_when_ready();
  }

  void begin_when_ready() {
    const bool others_may_not_be = static_cast<bool>(config_.begins_at);
    if (!all_ready() || others_may_not_be || (probes_ && !clocks_ready_)) return;
    begin(now_ns());
  }

  // ---- clocks

  void add_probes() {
    ClockProbes::Config config{config_.urls, config_.traffic.pairs(), config_.clock.logins,
                               config_.mechanism, config_.verify_certificate,
                               config_.cluster ? config_.cluster->ranks.size() : 0,
                               // Without hops it is enough to know how many clocks there are.
                               config_.stamped ? config_.clock.resync_s : 0};
    probes_.emplace(io_, std::move(config), ClockProbes::Handlers{[this] {
                      clocks_ready_ = true;
                      begin_when_ready();
                    }});
  }

  void tell_clocks() {
    PairRun& run = result_.measured;
    if (!probes_) {
      if (config_.stamped) {
        result_.clock =
            ClockFindings(ClockExchanges(0), config_.clock.algorithm, "there are no users for it");
      }
      return;
    }
    result_.clock =
        ClockFindings(probes_->exchanges(), config_.clock.algorithm, probes_->problem());
    for (const PairRun::KeptStamps& one : run.kept) {
      result_.clock.add(one.stamps, one.to_place, run.hops);
    }
    run.kept.clear();
  }

  bool all_ready() const { return ready_ == pairs_.size(); }

  void fail(const std::string& why) {
    if (failure_.empty()) failure_ = why;
    io_.stop();
  }

  // ---- phases

  void enter(Phase phase) {
    phase_ = phase;
    phase_began_ns_ = now_ns();
  }

  void begin(std::int64_t begin_ns) {
    enter(Phase::warming_up);
    begin_ns_ = begin_ns;
    PairRun& run = result_.measured;
    run.keeps_stamps = probes_ && !probes_->exchanges().net().one_clock();
    run.from_ns = begin_ns_ + nanoseconds_of(config_.warmup_s);
    run.until_ns = run.from_ns + nanoseconds_of(config_.measured_s);
    look_ahead();
    for (const auto& pair : pairs_) pair->begin(run.from_ns, run.until_ns);
    if (begin_ns > now_ns()) return measure_at(begin_ns, [this] { begin_sending(); });
    begin_sending();
  }

  void begin_sending() {
    sending_ = true;
    measure_at(result_.measured.from_ns, [this] { begin_measuring(); });
    if (config_.window == 0) return;
    for (const auto& pair : pairs_) refill(*pair);
  }

  void measure_at(std::int64_t at_ns, std::function<void()> what) {
    measure_timer_.expires_at(std::chrono::steady_clock::time_point(nanoseconds(at_ns)));
    measure_timer_.async_wait([what = std::move(what)](auto cancelled) {
      if (!cancelled) what();
    });
  }

  void begin_measuring() {
    enter(Phase::measuring);
    meter_.begin();
    if (config_.share.count == 1) hiccups_.emplace();  // else the parent of all has one
    own_cpu_s_ = slice_cpu_s_ = process_cpu_s();
    slice_began_ns_ = result_.measured.from_ns;
    slice_sums_ = sums();
    next_tenth();
    measure_at(result_.measured.until_ns, [this] { end_measuring(); });
  }

  void end_measuring() {
    meter_.end();
    result_.generator_cores = (process_cpu_s() - own_cpu_s_) / config_.measured_s;
    sending_ = false;
    enter(Phase::draining);
  }

  // ---- tenths of a second, and seconds

  void next_tenth() {
    const std::int64_t at_ns = result_.measured.from_ns + (tenths_over_ + 1) * kTenthNs;
    if (at_ns > result_.measured.until_ns) return;
    tenth_timer_.expires_at(std::chrono::steady_clock::time_point(nanoseconds(at_ns)));
    tenth_timer_.async_wait([this, at_ns](auto cancelled) {
      if (cancelled) return;
      end_tenth();
      if (slices_.now().tenths_over == kTenthsPerSlice) end_slice(at_ns);
      next_tenth();
    });
  }

  std::uint64_t outstanding() const {
    std::uint64_t sum = 0;
    for (const auto& pair : pairs_) sum += pair->outstanding();
    return sum;
  }

  void end_tenth() {
    Slice& slice = slices_.now();
    slice.tenths[slice.tenths_over++].outstanding = static_cast<double>(outstanding());
    ++tenths_over_;
  }

  void end_slice(std::int64_t at_ns) {
    const std::int64_t from_ns = result_.measured.from_ns;
    Slice& slice = slices_.now();
    slice.begin_s = seconds_of(slice_began_ns_ - from_ns);
    slice.length_s = seconds_of(at_ns - slice_began_ns_);
    const TallySums now = sums();
    slice.sums = now - slice_sums_;
    slice_sums_ = now;
    slice.outstanding = outstanding();
    if (hiccups_) hiccups_->take(slice.times.hiccups);
    const double cpu_s = process_cpu_s();
    slice.generator_cores = (cpu_s - slice_cpu_s_) / std::max(slice.length_s, 1e-9);
    slice_cpu_s_ = cpu_s;
    slice_began_ns_ = at_ns;
    slices_.end();
    result_.measured.slice = &slices_.now();
  }

  // ---- sending

  void refill(Pair& pair) {
    while (sending_ && pair.outstanding() < config_.window) pair.send(now_ns());
  }

  void look_ahead() {
    next_ = schedule_.next();
    due_ns_ = next_.due_ns == Arrivals::kNever ? next_.due_ns : begin_ns_ + next_.due_ns;
  }

  void send_what_is_due() {
    const std::int64_t now = now_ns();
    const std::int64_t until = std::min(now, result_.measured.until_ns - 1);
    for (int burst = 0; burst < kBurst && due_ns_ <= until; ++burst) {
      Pair& pair = *by_number_[next_.pair];
      if (due_ns_ >= result_.measured.from_ns) ++result_.due;
      pair.send(due_ns_);
      look_ahead();
      // Several that are due at once leave together, one alone leaves at once.
      if (due_ns_ > now) pair.flush();
    }
    alarm_.serve_until(std::min(due_ns_, result_.measured.until_ns));
  }

  // ---- now and then

  void tick() {
    const std::int64_t now = now_ns();
    if (progressed_ns_ == 0) progressed_ns_ = now;
    if (phase_ != Phase::logging_in) {
      for (const auto& pair : pairs_) pair->acknowledge();
    }
    if (!keep_going(now)) {
      io_.stop();
      return;
    }
    report(now);
    tick_timer_.expires_after(nanoseconds(kTickNs));
    tick_timer_.async_wait([this](auto cancelled) {
      if (!cancelled) tick();
    });
  }

  bool keep_going(std::int64_t now) {
    const bool direct = config_.message_class == wire::MessageClass::direct;
    const std::int64_t patience = direct ? kDirectPatienceNs : kStoredPatienceNs;
    const bool stalled = now - progressed_ns_ > patience;
    if (phase_ != Phase::logging_in && config_.window > 0 && direct) mend_windows();
    if (phase_ == Phase::logging_in) {
      if (all_ready() && config_.begins_at) {  // and others are not, perhaps
        if (const std::int64_t begin_ns = config_.begins_at(); begin_ns != 0) begin(begin_ns);
        return true;
      }
      if (now - phase_began_ns_ < kLoginPatienceNs) return true;
      fail("only " + std::to_string(ready_) + " of " + std::to_string(pairs_.size()) +
           " pairs could log in within a minute");
      return false;
    }
    if (phase_ == Phase::draining) {
      bool settled = true;
      for (const auto& pair : pairs_) settled = settled && pair->settled();
      if (!settled && !stalled) return true;
      // What is known of clocks ends with a burst behind the last message.
      if (probes_) probes_->finish();
      return probes_ && !probes_->finished();
    }
    return true;
  }

  // Direct messages that were dropped would close their pair's window for ever.
  void mend_windows() {
    for (const auto& pair : pairs_) {
      std::pair<std::uint64_t, int>& seen = stalls_[pair.get()];
      const std::uint64_t shown = pair->sums().shown;
      seen.second = shown == seen.first && pair->outstanding() > 0 ? seen.second + 1 : 0;
      seen.first = shown;
      if (seen.second < kStalledTicks) continue;
      pair->write_off();
      refill(*pair);
    }
  }

  TallySums sums() const {
    TallySums all;
    if (phase_ == Phase::logging_in) return all;
    for (const auto& pair : pairs_) all = all + pair->sums();
    return all;
  }

  void report(std::int64_t now) const {
    if (!on_progress_) return;
    on_progress_({phase_, seconds_of(now - phase_began_ns_), ready_, sums()});
  }

  const LoadConfig& config_;
  const OnProgress& on_progress_;
  LoadResult result_;
  Slices slices_;
  std::optional<HiccupMeter> hiccups_;
  Schedule schedule_;
  ProcessMeter meter_;
  asio::io_context io_{1};
  Alarm alarm_;
  asio::steady_timer tick_timer_, measure_timer_, tenth_timer_;
  std::optional<ClockProbes> probes_;
  bool clocks_ready_ = false;
  std::vector<std::unique_ptr<Pair>> pairs_;                     // of this share
  std::vector<Pair*> by_number_;                                 // of all; null: another's
  std::map<const Pair*, std::pair<std::uint64_t, int>> stalls_;  // shown, ticks without a change
  std::size_t opened_ = 0, ready_ = 0;
  Phase phase_ = Phase::logging_in;
  std::int64_t phase_began_ns_ = 0, begin_ns_ = 0;
  std::int64_t progressed_ns_ = 0;  // 0: since the last tick
  Schedule::Message next_;
  std::int64_t due_ns_ = 0;  // when it is
  bool sending_ = false;
  double own_cpu_s_ = 0;
  std::int64_t slice_began_ns_ = 0, tenths_over_ = 0;
  TallySums slice_sums_;  // before it
  double slice_cpu_s_ = 0;
  std::string failure_;
};

}  // namespace

std::string_view to_string(Phase phase) {
  switch (phase) {
    case Phase::logging_in:
      return "logging in";
    case Phase::warming_up:
      return "warming up";
    case Phase::measuring:
      return "measuring";
    case Phase::draining:
      return "draining";
  }
  return "";
}

LoadResult drive_load(const LoadConfig& config, const OnProgress& on_progress,
                      const OnSlice& on_slice) {
  return Load(config, on_progress, on_slice).run();
}

LoadResult run_load(const LoadConfig& config, const OnProgress& on_progress,
                    const OnSlice& on_slice) {
  return with_servers(config, [&] { return drive_load(config, on_progress, on_slice); });
}

LoadResult with_servers(const LoadConfig& config, const std::function<LoadResult()>& drive) {
  ServerCounters before;
  if (config.cluster) before = read_server_counters(*config.cluster);
  std::optional<PostcardRun> postcards;
  if (config.stamped && config.trace_mode != TraceMode::in_band) {
    if (!config.cluster) {
      throw std::runtime_error(
          "postcards are asked of the cluster's processes: give its run directory (--run-dir), or "
          "--trace-mode inband");
    }
    postcards.emplace(*config.cluster, traced_messages(config));
  }
  LoadResult result = drive();
  if (config.cluster) result.counters = difference(read_server_counters(*config.cluster), before);
  // After the counters: to fetch cards is work for the servers.
  if (postcards)
    result.postcards = postcards->end(std::exchange(result.measured.cards, {}), result.clock);
  return result;
}

}  // namespace trunkline::lab
