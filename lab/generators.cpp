#include "lab/generators.h"

#include <signal.h>

#include <boost/json.hpp>
#include <boost/process/args.hpp>
#include <boost/process/child.hpp>
#include <boost/process/io.hpp>
#include <boost/process/pipe.hpp>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "lab/clock.h"
#include "lab/generator_lines.h"
#include "lab/programs.h"

namespace trunkline::lab {
namespace json = boost::json;
namespace process = boost::process;
using std::chrono::nanoseconds;

namespace {

// Between the word that all are ready and the first message: longer than it takes to be heard.
constexpr std::int64_t kLeadNs = 500'000'000;

// What a generator said; an empty object: it will say nothing more.
struct Heard {
  std::size_t from = 0;
  json::object what;
};

class Generators {
 public:
  Generators(const Cell& cell, const LoadConfig& config, std::size_t count,
             const OnProgress& on_progress, const OnSlice& on_slice)
      : config_(config),
        on_progress_(on_progress),
        slices_(on_slice),
        meter_(config.pids),
        progress_(count),
        seconds_(count),
        over_(count) {
    PairRun& run = result_.measured;
    run.message_class = config.message_class;
    run.protocol = config.protocol;
    run.places = config.urls.size();
    run.between.resize(run.places * run.places);
    result_.measured_s = config.measured_s;
    ::signal(SIGPIPE, SIG_IGN);  // one that died is told by what it no longer says
    for (std::size_t i = 0; i < count; ++i) start(cell, i, count);
  }

  ~Generators() {
    for (const auto& child : children_) {
      std::error_code ignored;
      child->process.terminate(ignored);
    }
    for (const auto& child : children_) child->listener.join();
  }

  Generators(const Generators&) = delete;
  Generators& operator=(const Generators&) = delete;

  LoadResult run() {
    while (results_ < children_.size()) {
      if (const auto heard = wait()) take(*heard);
    }
    for (const auto& child : children_) child->process.wait();
    Measured all = slices_.finish();
    result_.times = std::move(all.times);
    result_.tenths = std::move(all.tenths);
    result_.shown_by_tenth = std::move(all.shown_by_tenth);
    result_.servers = meter_.cost();
    return std::move(result_);
  }

 private:
  struct Child {
    process::opstream in;
    process::ipstream out;
    process::child process;
    std::thread listener;
  };

  void start(const Cell& cell, std::size_t index, std::size_t count) {
    auto child = std::make_unique<Child>();
    child->process = process::child(programs_directory() + "/trunkline-lab", "generate",
                                    process::std_in<child->in, process::std_out> child->out);
    LoadConfig config = config_;
    config.share = {index, count};
    child->in << config_line(cell, config) << std::flush;
    child->listener = std::thread([this, index, &out = child->out] { listen(index, out); });
    children_.push_back(std::move(child));
  }

  // ---- the threads that listen

  void listen(std::size_t index, process::ipstream& out) {
    for (std::string line; std::getline(out, line);) {
      boost::system::error_code error;
      const json::value value = json::parse(line, error);
      if (error || !value.is_object()) break;
      hear({index, value.as_object()});
    }
    hear({index, {}});
  }

  void hear(Heard heard) {
    const std::lock_guard lock(mutex_);
    heard_.push_back(std::move(heard));
    came_.notify_one();
  }

  // ---- this thread

  // What was said next; absent: it is time for something else, and that was done.
  std::optional<Heard> wait() {
    std::unique_lock lock(mutex_);
    const auto said = [this] { return !heard_.empty(); };
    const std::int64_t until_ns = phase_ == Phase::warming_up  ? from_ns_
                                  : phase_ == Phase::measuring ? until_ns_
                                                               : INT64_MAX;
    if (until_ns == INT64_MAX) {
      came_.wait(lock, said);
    } else if (!came_.wait_until(lock, std::chrono::steady_clock::time_point(nanoseconds(until_ns)),
                                 said)) {
      lock.unlock();
      next_phase();
      return std::nullopt;
    }
    Heard heard = std::move(heard_.front());
    heard_.pop_front();
    return heard;
  }

  void next_phase() {
    if (phase_ == Phase::warming_up) {
      phase_ = Phase::measuring;
      meter_.begin();
      hiccups_.emplace();
    } else {
      phase_ = Phase::draining;
      meter_.end();
    }
  }

  void take(const Heard& heard) {
    const json::object& what = heard.what;
    if (what.empty()) return ended(heard.from);
    if (const auto* why = what.if_contains("error")) {
      throw std::runtime_error(name_of(heard.from) + ": " + json::value_to<std::string>(*why));
    }
    if (const auto* progress = what.if_contains("progress")) {
      progress_[heard.from] = progress_from_json(progress->as_object());
      if (heard.from == 0 && on_progress_) on_progress_(progress_of_all());
    } else if (what.contains("ready")) {
      if (++ready_ == children_.size()) begin();
    } else if (const auto* slice = what.if_contains("slice")) {
      seconds_[heard.from].push_back(slice->as_object());
      put_together();
    } else if (const auto* result = what.if_contains("result")) {
      add_result(result_, result->as_object());
      over_[heard.from] = true;
      ++results_;
    }
  }

  std::string name_of(std::size_t index) const {
    return "generator " + std::to_string(index + 1) + " of " + std::to_string(children_.size());
  }

  void ended(std::size_t index) {
    if (over_[index]) return;
    process::child& child = children_[index]->process;
    child.wait();
    const int status = child.native_exit_code();
    throw std::runtime_error(name_of(index) + " died" +
                             (WIFSIGNALED(status)
                                  ? " of signal " + std::to_string(WTERMSIG(status))
                                  : " with status " + std::to_string(child.exit_code())));
  }

  // That of the one that is furthest behind, with the sums of all.
  Progress progress_of_all() const {
    Progress all = progress_.front();
    all.pairs_ready = 0;
    all.sums = {};
    for (const Progress& one : progress_) {
      if (one.phase < all.phase) all.phase = one.phase;
      all.pairs_ready += one.pairs_ready;
      all.sums = all.sums + one.sums;
    }
    return all;
  }

  void begin() {
    const std::int64_t begin_ns = now_ns() + kLeadNs;
    from_ns_ = begin_ns + nanoseconds_of(config_.warmup_s);
    until_ns_ = from_ns_ + nanoseconds_of(config_.measured_s);
    phase_ = Phase::warming_up;
    for (const auto& child : children_) child->in << begin_ns << std::endl;
  }

  // The seconds that all have told.
  void put_together() {
    const auto told = [](const auto& seconds) { return !seconds.empty(); };
    while (std::all_of(seconds_.begin(), seconds_.end(), told)) {
      Slice& slice = slices_.now();
      slice.sums = {};
      slice.length_s = slice.generator_cores = 0;
      slice.outstanding = 0;
      for (auto& seconds : seconds_) {
        add_slice(slice, seconds.front());
        seconds.pop_front();
      }
      add_hops(slice.traced);
      if (hiccups_) hiccups_->take(slice.times.hiccups);
      slices_.end();
    }
  }

  void add_hops(wire::BytesView traced) {
    for (; !traced.empty(); traced.remove_prefix(kTracedBytes)) {
      const auto block = wire::decode_stamps(
          traced.substr(kTracedBytes - wire::kStampBlockBytes, wire::kStampBlockBytes));
      if (!block) continue;
      for (const std::uint16_t node : block->node) {
        if (node == 0 || node == block->node[0]) continue;
        throw std::runtime_error(
            "clocks of several hosts are compared by one generator alone: no --trace, or no "
            "--generators");
      }
      result_.measured.hops.add(*block);
    }
  }

  const LoadConfig& config_;
  const OnProgress& on_progress_;
  LoadResult result_;
  Slices slices_;
  std::optional<HiccupMeter> hiccups_;
  ProcessMeter meter_;
  std::vector<Progress> progress_;                 // of each generator
  std::vector<std::deque<json::object>> seconds_;  // that it has told and others not yet
  std::vector<bool> over_;
  Phase phase_ = Phase::logging_in;
  std::int64_t from_ns_ = 0, until_ns_ = 0;
  std::size_t ready_ = 0, results_ = 0;

  std::mutex mutex_;
  std::condition_variable came_;
  std::deque<Heard> heard_;
  std::vector<std::unique_ptr<Child>> children_;
};

}  // namespace

LoadResult run_generators(const Cell& cell, const LoadConfig& config, std::size_t count,
                          const OnProgress& on_progress, const OnSlice& on_slice) {
  if (count > config.traffic.pairs().size()) {
    throw std::runtime_error(std::to_string(count) + " generators need a pair each; there are " +
                             std::to_string(config.traffic.pairs().size()));
  }
  return with_servers(config,
                      [&] { return Generators(cell, config, count, on_progress, on_slice).run(); });
}

}  // namespace trunkline::lab
