#include "persistence/archiver.h"

#include <pthread.h>
#include <sys/resource.h>

#include <cstdio>

namespace trunkline::persistence {

namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t kSmallPortion = 256;  // fits into the ballast
constexpr auto kCheckReadersEvery = std::chrono::minutes(1);
constexpr auto kMoment = std::chrono::seconds(1);
constexpr int kLessPriority = 10;  // nice value: acks go first where cores are few

std::size_t bytes_of(const std::vector<wire::BytesView>& records) {
  std::size_t bytes = 0;
  for (const wire::BytesView record : records) bytes += record.size();
  return bytes;
}

}  // namespace

Archiver::Archiver(ArchiveTables& tables, ArchiverConfig config, Ballast& ballast,
                   Completions& completions)
    : tables_(tables),
      config_(std::move(config)),
      ballast_(ballast),
      completions_(completions),
      sweep_(tables, config_.rules.retention),
      clock_watch_(config_.clock()),
      thread_([this] { run(); }) {
  pthread_setname_np(thread_.native_handle(), "store-archiver");
}

Archiver::~Archiver() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  awake_.notify_one();
  thread_.join();
}

void Archiver::archive(ArchivePortion portion) {
  {
    const std::lock_guard lock(mutex_);
    portion_ = std::move(portion);
  }
  awake_.notify_one();
}

void Archiver::sweep() {
  {
    const std::lock_guard lock(mutex_);
    sweep_asked_ = true;
  }
  awake_.notify_one();
}

void Archiver::run() {
  setpriority(PRIO_PROCESS, 0, kLessPriority);  // on Linux: of this thread
  Steady::time_point next_check = Steady::now() + kCheckReadersEvery;
  Steady::time_point next_sweep = Steady::now() + config_.sweep_every;
  for (;;) {
    std::optional<ArchivePortion> portion;
    bool sweeps = false;
    {
      std::unique_lock lock(mutex_);
      awake_.wait_until(lock, std::min(next_check, next_sweep),
                        [this] { return stopping_ || portion_ || sweep_asked_; });
      if (stopping_) return;
      portion.swap(portion_);
      sweeps = std::exchange(sweep_asked_, false);
    }
    if (portion) fill(std::move(*portion));
    if (sweeps) run_sweep();
    const Steady::time_point now = Steady::now();
    if (now >= next_sweep) {
      completions_.post(SweepDue{});
      next_sweep = now + config_.sweep_every;
    }
    if (now >= next_check) {
      for (Environment* environment : config_.environments) environment->check_readers();
      next_check = now + kCheckReadersEvery;
    }
  }
}

void Archiver::fill(ArchivePortion portion) {
  while (!portion.records.empty()) {
    if (!fill_some(portion) && !wait_a_moment()) return;
    if (is_stopping()) return;
  }
}

// Takes what fits off the front of the portion. False: nothing did.
bool Archiver::fill_some(ArchivePortion& portion) {
  ArchivePortion some = portion;
  if (!tables_.environment.make_room(
          room_to_fill(tables_, some.records.size(), bytes_of(some.records)),
          config_.chunk_bytes)) {
    some.records.resize(std::min(some.records.size(), kSmallPortion));
    if (!find_room(room_to_fill(tables_, some.records.size(), bytes_of(some.records)))) {
      return false;
    }
  }
  std::vector<wire::MailboxTrimmed> trimmed;
  while (!fill_archive(tables_, config_.rules, some, trusted_wall_ms(), trimmed)) {
    if (!grow_map()) return false;
  }
  completions_.post(Archived{some.last()});
  post(trimmed);
  portion.first += some.records.size();
  portion.records.erase(portion.records.begin(),
                        portion.records.begin() + static_cast<std::ptrdiff_t>(some.records.size()));
  return true;
}

void Archiver::run_sweep() {
  std::vector<wire::MailboxTrimmed> trimmed;
  for (auto slice = RetentionSweep::Slice::more; slice == RetentionSweep::Slice::more;) {
    if (is_stopping() || !find_room(sweep_.room())) return;
    slice = sweep_.slice(trusted_wall_ms(), trimmed);
    if (slice == RetentionSweep::Slice::no_room && grow_map()) slice = RetentionSweep::Slice::more;
    post(trimmed);
  }
}

bool Archiver::find_room(std::size_t bytes) {
  if (tables_.environment.make_room(bytes, config_.chunk_bytes)) return true;
  ballast_.give_up();
  return tables_.environment.make_room(bytes, config_.chunk_bytes);
}

bool Archiver::grow_map() {
  const std::lock_guard lock(tables_.map_mutex);
  return tables_.environment.grow_map(config_.map_bytes_max);
}

bool Archiver::wait_a_moment() {
  std::unique_lock lock(mutex_);
  awake_.wait_for(lock, kMoment, [this] { return stopping_; });
  return !stopping_;
}

bool Archiver::is_stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

std::int64_t Archiver::trusted_wall_ms() {
  const std::int64_t wall_ms = clock_watch_.trusted_wall_ms(config_.clock());
  if (wall_ms == kNoWallTime && !clock_parted_) {
    std::fprintf(stderr,
                 "STORE-CLOCK the wall clock has parted from the monotonic one by more than an "
                 "hour: nothing is trimmed by age until this process restarts. Set the clock.\n");
  }
  clock_parted_ = wall_ms == kNoWallTime;
  return wall_ms;
}

void Archiver::post(std::vector<wire::MailboxTrimmed>& trimmed) {
  for (wire::MailboxTrimmed& one : trimmed) completions_.post(std::move(one));
  trimmed.clear();
}

}  // namespace trunkline::persistence
