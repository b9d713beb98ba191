#include "backbone/meeting.h"

#include <sodium.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "persistence/lmdb_store.h"
#include "persistence/memory_store.h"
#include "wire/run_directory.h"

namespace trunkline::backbone {
namespace {

using Pepper = std::array<unsigned char, 32>;

// A store in memory together with the disk that it plays on: gone with the process.
class MemoryOfOneLife {
 public:
  MemoryOfOneLife(const Options& options, wire::RankId self, std::size_t ranks,
                  const std::optional<Pepper>& pepper)
      : disk_(random_log(), random_key(), pepper ? *pepper : random_key()),
        store_(disk_, config(options, self, ranks)) {}

  const wire::StoreOpened& opened() const { return store_.opened(); }
  void begin(wire::Epoch epoch) { store_.begin(epoch); }
  void submit(std::vector<wire::StoreOp> ops) { store_.submit(std::move(ops)); }
  bool load(const wire::Load& load, wire::Loaded& out) { return store_.load(load, out); }
  void poll(std::vector<wire::StoreEvent>& events) { store_.poll(events); }
  int event_fd() const { return store_.event_fd(); }
  std::size_t queued() const { return store_.queued(); }
  const persistence::StoreCounters& counters() const { return store_.counters(); }

 private:
  static wire::LogId random_log() {
    wire::LogId id = 0;
    ::randombytes_buf(&id, sizeof id);
    return id;
  }
  static wire::PrintKey random_key() {
    wire::PrintKey key{};
    ::randombytes_buf(key.data(), key.size());
    return key;
  }
  static persistence::MemoryConfig config(const Options& options, wire::RankId self,
                                          std::size_t ranks) {
    persistence::MemoryConfig config;
    config.retention.records = options.retention_records;
    config.self = self;
    config.slots = wire::SlotMap::fresh(ranks, 0);
    return config;
  }

  persistence::MemoryDisk disk_;
  persistence::MemoryStore store_;
};

AnyStore open_store(const Options& options, const RankLink& link, wire::Trace& trace,
                    const std::optional<Pepper>& pepper) {
  if (options.store == "memory") {
    return AnyStore(std::make_unique<MemoryOfOneLife>(options, link.self(), link.ranks(), pepper));
  }
  persistence::LmdbConfig config;
  config.directory = options.data + "/rank-" + std::to_string(link.self());
  config.self = link.self();
  config.slots = wire::SlotMap::fresh(link.ranks(), 0);
  config.pepper = pepper;
  config.trace = &trace;
  config.retention.records = options.retention_records;
  config.log_map_bytes_max = options.log_bytes_max;
  config.log_map_bytes = std::min(config.log_map_bytes, options.log_bytes_max);
  config.unarchived_bytes_max = options.unarchived_bytes_max;
  return AnyStore(std::make_unique<persistence::LmdbStore>(std::move(config)));
}

}  // namespace

void all_do(RankLink& link, const std::function<void()>& step) {
  std::uint64_t failed = 0;
  try {
    step();
  } catch (const std::exception& error) {
    failed = 1;
    std::fprintf(stderr, "trunkline-rank: rank %u: %s\n", unsigned{link.self()}, error.what());
  }
  if (link.max_over_ranks(failed) != 0) throw CannotStart();
}

RunDirectory meet_in_run_directory(RankLink& link, const Hosts& hosts, const Options& options) {
  RunDirectory run;
  run.made = options.run_directory.empty();
  std::string path;
  all_do(link, [&] {
    if (link.self() != 0) return;
    path = run.made ? wire::make_run_directory()
                    : std::filesystem::absolute(options.run_directory).string();
  });
  run.path = link.from_rank_0(path);
  all_do(link, [&] {
    if (!hosts.is_first_here()) return;
    wire::use_run_directory(run.path);
    std::filesystem::create_directories(options.data);
    wire::link_run_directory(options.data, run.path);
  });
  return run;
}

AnyStore open_stores(RankLink& link, const Options& options, wire::Trace& trace) {
  std::optional<AnyStore> store;
  Pepper pepper{};
  all_do(link, [&] {
    if (link.self() != 0) return;
    store.emplace(open_store(options, link, trace, std::nullopt));
    pepper = store->opened().pepper;
  });
  const wire::Bytes shared =
      link.from_rank_0({reinterpret_cast<const char*>(pepper.data()), pepper.size()});
  std::copy(shared.begin(), shared.end(), pepper.begin());
  all_do(link, [&] {
    if (link.self() != 0) store.emplace(open_store(options, link, trace, pepper));
  });
  return std::move(*store);
}

std::size_t accounts_that_differ(AnyStore& store, std::uint32_t iterations) {
  constexpr std::size_t kLookedAt = 10'000;
  wire::Loaded loaded;
  if (!store.load({0, wire::LoadAccounts{{}, kLookedAt}}, loaded)) return 0;
  const auto& accounts = std::get<wire::AccountsLoaded>(loaded.what).accounts;
  return static_cast<std::size_t>(
      std::count_if(accounts.begin(), accounts.end(), [&](const wire::Bytes& bytes) {
        const auto account = wire::decode_account(bytes);
        return account && account->iterations != iterations;
      }));
}

wire::Epoch begin_epoch(RankLink& link, AnyStore& store) {
  const auto epoch = static_cast<wire::Epoch>(link.max_over_ranks(store.opened().epoch) + 1);
  all_do(link, [&] { store.begin(epoch); });
  return epoch;
}

}  // namespace trunkline::backbone
