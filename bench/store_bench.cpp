// bench-store: what the LMDB store costs on this disk, beside its floors in the same run: one raw
// fdatasync, one bare LMDB commit in the default (sync) mode, one reading of a file's bytes. Google
// Benchmark; percentiles are in the counters, in microseconds. Data lies in a directory under
// TMPDIR and goes at the end.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <deque>
#include <random>

#include "persistence/archive_check.h"
#include "persistence/environment.h"
#include "persistence/lmdb_store.h"
#include "persistence/page_walk.h"
#include "persistence/schema.h"
#include "tests/support/temporary_directory.h"
#include "wire/crc32c.h"

namespace trunkline {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMailboxes = 200;
constexpr std::size_t kBodyBytes = 64;
constexpr std::size_t kArchivedBodyBytes = 200;
constexpr std::size_t kArchived = 150'000;

double microseconds(Clock::duration duration) {
  return std::chrono::duration<double, std::micro>(duration).count();
}

void report(benchmark::State& state, std::vector<double>& took_us, double records) {
  if (took_us.empty()) return;
  std::sort(took_us.begin(), took_us.end());
  const auto at = [&](double quantile) {
    return took_us[static_cast<std::size_t>(quantile * static_cast<double>(took_us.size() - 1))];
  };
  state.counters["p50_us"] = at(0.5);
  state.counters["p99_us"] = at(0.99);
  state.counters["p999_us"] = at(0.999);
  if (records > 0)
    state.counters["records/s"] = benchmark::Counter(records, benchmark::Counter::kIsRate);
}

// Messages of many senders into many mailboxes, numbered as their home does.
class Letters {
 public:
  explicit Letters(std::size_t body_bytes = kBodyBytes) : body_(body_bytes, 'x') {}

  wire::Bytes next() {
    const std::size_t mailbox = next_++ % kMailboxes;
    const wire::Bytes owner = "user" + std::to_string(mailbox);
    const wire::Bytes id = "m" + std::to_string(next_);
    wire::MessageRecord record;
    record.owner = owner;
    record.mseq = ++heads_[mailbox];
    record.print = next_;
    record.time_ms = 1;
    record.count_sum = record.mseq;
    record.message = {wire::MessageClass::stored, "sender", "phone", owner, id, body_, {}};
    return wire::encoded_record(record);
  }

 private:
  std::size_t next_ = 0;
  std::vector<wire::Mseq> heads_ = std::vector<wire::Mseq>(kMailboxes);
  const wire::Bytes body_;
};

// A store and its one owner.
class Owner {
 public:
  explicit Owner(const std::string& directory, std::size_t body_bytes = kBodyBytes)
      : letters_(body_bytes), store_(config(directory)) {
    store_.begin(1);
  }

  wire::Op submit(std::size_t records) {
    std::vector<wire::StoreOp> ops;
    for (; records > 0; --records) {
      ops.push_back({++op_, 0, false, wire::AppendRecord{letters_.next()}});
    }
    store_.submit(std::move(ops));
    return op_;
  }
  // Waits up to `patience`; returns the last operation that is durable.
  wire::Op wait(Clock::duration patience) {
    pollfd waiting{store_.event_fd(), POLLIN, 0};
    const auto ns = std::max<std::int64_t>(0, std::chrono::nanoseconds(patience).count());
    const timespec limit{ns / 1'000'000'000, ns % 1'000'000'000};
    ppoll(&waiting, 1, &limit, nullptr);
    events_.clear();
    store_.poll(events_);
    for (const wire::StoreEvent& event : events_) {
      if (const auto* durable = std::get_if<wire::Durable>(&event)) durable_ = durable->op;
    }
    return durable_;
  }
  persistence::LmdbStore& store() { return store_; }

 private:
  static persistence::LmdbConfig config(const std::string& directory) {
    persistence::LmdbConfig config;
    config.directory = directory + "/rank-0";
    return config;
  }
  Letters letters_;
  persistence::LmdbStore store_;
  wire::Op op_ = 0, durable_ = 0;
  std::vector<wire::StoreEvent> events_;
};

void raw_fdatasync(benchmark::State& state) {
  const tests::TemporaryDirectory directory;
  const int file = open((directory.path() + "/file").c_str(), O_RDWR | O_CREAT, 0600);
  const bool append = state.range(0) != 0;
  const std::string page(4096, 'x');
  if (pwrite(file, page.data(), page.size(), 0) < 0 || fsync(file) != 0) abort();
  std::vector<double> took_us;
  off_t at = 0;
  for (auto _ : state) {
    const auto begin = Clock::now();
    if (append) at += 4096;
    if (pwrite(file, page.data(), page.size(), at) < 0 || fdatasync(file) != 0) abort();
    took_us.push_back(microseconds(Clock::now() - begin));
  }
  close(file);
  report(state, took_us, 0);
}
BENCHMARK(raw_fdatasync)->ArgName("append")->Arg(0)->Arg(1)->UseRealTime();

void bare_lmdb_commit(benchmark::State& state) {
  const tests::TemporaryDirectory directory;
  persistence::Environment environment(directory.path() + "/bare.mdb", std::size_t{16} << 30, 1);
  const auto handles = persistence::open_databases(environment, {"records"});
  Letters letters;
  std::vector<double> took_us;
  wire::Lsn lsn = 0;
  for (auto _ : state) {
    const auto begin = Clock::now();
    persistence::WriteTransaction transaction(environment);
    for (auto left = state.range(0); left > 0; --left) {
      transaction.put(handles[0], persistence::lsn_key(++lsn), letters.next(), MDB_APPEND);
    }
    if (!transaction.commit()) abort();
    took_us.push_back(microseconds(Clock::now() - begin));
  }
  report(state, took_us, static_cast<double>(lsn));
}
BENCHMARK(bare_lmdb_commit)->ArgName("batch")->RangeMultiplier(10)->Range(1, 1'000)->UseRealTime();

// One batch at a time, from submit() to Durable in the owner's hands: two thread switches more than
// the bare commit, archiving and trimming beside it.
void store_commit(benchmark::State& state) {
  const tests::TemporaryDirectory directory;
  Owner owner(directory.path());
  std::vector<double> took_us;
  wire::Op last = 0;
  for (auto _ : state) {
    const auto begin = Clock::now();
    last = owner.submit(static_cast<std::size_t>(state.range(0)));
    while (owner.wait(std::chrono::seconds(1)) < last) {
    }
    took_us.push_back(microseconds(Clock::now() - begin));
  }
  report(state, took_us, static_cast<double>(last));
}
BENCHMARK(store_commit)->ArgName("batch")->RangeMultiplier(10)->Range(1, 1'000)->UseRealTime();

// Records come by themselves at a rate (Poisson); each is timed from when it was due to Durable.
void store_open_loop(benchmark::State& state) {
  const tests::TemporaryDirectory directory;
  Owner owner(directory.path());
  std::mt19937_64 random(1);
  std::exponential_distribution<double> gap(static_cast<double>(state.range(0)));
  std::vector<double> took_us;
  for (auto _ : state) {
    std::deque<std::pair<wire::Op, Clock::time_point>> waiting;
    const auto end = Clock::now() + std::chrono::seconds(4);
    auto due = Clock::now();
    while (Clock::now() < end || !waiting.empty()) {
      const auto now = Clock::now();
      std::vector<Clock::time_point> arrived;
      while (due <= now && due < end) {
        arrived.push_back(due);
        due += std::chrono::nanoseconds(static_cast<std::int64_t>(1e9 * gap(random)));
      }
      if (!arrived.empty()) {
        wire::Op op = owner.submit(arrived.size()) - arrived.size();
        for (const auto& at : arrived) waiting.emplace_back(++op, at);
      }
      const wire::Op durable = owner.wait(std::min(due, end) - Clock::now());
      const auto then = Clock::now();
      for (; !waiting.empty() && waiting.front().first <= durable; waiting.pop_front()) {
        took_us.push_back(microseconds(then - waiting.front().second));
      }
    }
  }
  report(state, took_us, static_cast<double>(took_us.size()));
  const auto counters = owner.store().counters();
  state.counters["per_commit"] =
      static_cast<double>(counters.records) / static_cast<double>(counters.commits);
  state.counters["archived"] = static_cast<double>(counters.archived);
}
BENCHMARK(store_open_loop)
    ->ArgName("rate")
    ->Arg(1'000)
    ->Arg(10'000)
    ->Arg(50'000)
    ->Arg(100'000)
    ->Iterations(1)
    ->UseRealTime()
    ->Unit(benchmark::kSecond);

// An archive as a restart meets it: its pages were written one by one, in no order.
class MadeArchive {
 public:
  MadeArchive() {
    Owner owner(directory_.path(), kArchivedBodyBytes);
    const std::size_t tail = persistence::LmdbConfig().tail_records;
    while (owner.store().counters().archived < kArchived) {
      const wire::Op last = owner.submit(tail);
      while (owner.wait(std::chrono::seconds(1)) < last) {
      }
    }
  }
  std::string path() const { return directory_.path() + "/rank-0/data/archive.mdb"; }
  std::size_t used_bytes() const {
    return persistence::Environment(path(), std::size_t{16} << 30, 1).used_bytes();
  }

 private:
  const tests::TemporaryDirectory directory_;
};

// The floor of opening an archive: all its bytes, in the order of the file, and their checksum.
void read_all(const std::string& path, std::size_t bytes) {
  const int file = open(path.c_str(), O_RDONLY);
  std::string piece(256 * 1024, '\0');
  std::uint32_t checksum = 0;
  for (std::size_t left = bytes; left > 0;) {
    const ssize_t got = read(file, piece.data(), std::min(left, piece.size()));
    if (got <= 0) abort();
    left -= static_cast<std::size_t>(got);
    checksum = wire::crc32c({piece.data(), static_cast<std::size_t>(got)}, checksum);
  }
  close(file);
  benchmark::DoNotOptimize(checksum);
}

void walk_pages_alone(const std::string& path, std::size_t /*bytes*/) {
  persistence::Tables tables;
  for (const char* name :
       {"copies", "mailboxes", "messages", "meta", "peers", "positions", "remembered"}) {
    tables[name] = {};
  }
  persistence::walk_pages(path, tables);
}

void check_all(const std::string& path, std::size_t /*bytes*/) {
  persistence::check_archive(path);
}

// What comes before an archive is opened. By the time of the processor: the file is in memory.
void look_at_archive(benchmark::State& state, void (*look)(const std::string&, std::size_t)) {
  static const MadeArchive archive;
  static const std::size_t bytes = archive.used_bytes();
  for (auto _ : state) look(archive.path(), bytes);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
  state.counters["archive_bytes"] = static_cast<double>(bytes);
}
BENCHMARK_CAPTURE(look_at_archive, bytes, read_all)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(look_at_archive, pages, walk_pages_alone)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(look_at_archive, all, check_all)->Unit(benchmark::kMillisecond);

// Memory of one record in the tail, above the bytes of the record itself.
void tail_memory(benchmark::State& state) {
  constexpr std::size_t kRecords = 100'000;
  for (auto _ : state) {
    const auto used = [] {
      const struct mallinfo2 info = mallinfo2();
      return static_cast<double>(info.uordblks + info.hblkhd);
    };
    const tests::TemporaryDirectory directory;
    persistence::LmdbConfig config;
    config.directory = directory.path() + "/rank-0";
    config.tail_records = kRecords;
    config.tail_bytes = std::size_t{1} << 30;
    persistence::LmdbStore store(config);
    store.begin(1);
    Letters letters;
    const double before = used();
    std::size_t bytes = 0;
    std::vector<wire::StoreEvent> events;
    for (wire::Op op = 1; op <= kRecords; ++op) {
      std::vector<wire::StoreOp> ops;
      wire::Bytes record = letters.next();
      record.shrink_to_fit();
      bytes += record.size();
      ops.push_back({op, 0, false, wire::AppendRecord{std::move(record)}});
      store.submit(std::move(ops));
    }
    while (store.queued() > 0) {
      pollfd waiting{store.event_fd(), POLLIN, 0};
      ::poll(&waiting, 1, 1'000);
      events.clear();
      store.poll(events);
    }
    events.shrink_to_fit();
    state.counters["record_bytes"] = static_cast<double>(bytes) / kRecords;
    state.counters["memory_bytes"] = (used() - before) / kRecords;
  }
}
BENCHMARK(tail_memory)->Iterations(1)->UseRealTime()->Unit(benchmark::kSecond);

}  // namespace
}  // namespace trunkline

BENCHMARK_MAIN();
