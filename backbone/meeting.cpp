#include "backbone/meeting.h"

#include <sodium.h>

#include <cstdio>
#include <filesystem>

#include "backbone/run_directory.h"
#include "persistence/memory_store.h"

namespace trunkline::backbone {
namespace {

// A store in memory together with the disk that it plays on: gone with the process.
class MemoryOfOneLife {
 public:
  MemoryOfOneLife(wire::RankId self, std::size_t ranks)
      : disk_(random_log(), random_key(), random_key()), store_(disk_, config(self, ranks)) {}

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
  static persistence::MemoryConfig config(wire::RankId self, std::size_t ranks) {
    persistence::MemoryConfig config;
    config.self = self;
    config.slots = wire::SlotMap::fresh(ranks, 0);
    return config;
  }

  persistence::MemoryDisk disk_;
  persistence::MemoryStore store_;
};

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
    path =
        run.made ? make_run_directory() : std::filesystem::absolute(options.run_directory).string();
  });
  run.path = link.from_rank_0(path);
  all_do(link, [&] {
    if (!hosts.is_first_here()) return;
    enter_run_directory(run.path);
    std::filesystem::create_directories(options.data);
    link_run_directory(options.data, run.path);
  });
  return run;
}

AnyStore open_store(const Options&, wire::RankId self, std::size_t ranks) {
  return AnyStore(std::make_unique<MemoryOfOneLife>(self, ranks));
}

wire::Epoch begin_epoch(RankLink& link, AnyStore& store) {
  const auto epoch = static_cast<wire::Epoch>(link.max_over_ranks(store.opened().epoch) + 1);
  all_do(link, [&] { store.begin(epoch); });
  return epoch;
}

}  // namespace trunkline::backbone
