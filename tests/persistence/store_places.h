// The kinds of store that the contract test runs on: for each, a place that outlives the store.
#pragma once

#include <gtest/gtest.h>

#include <memory>

#include "persistence/lmdb_store.h"
#include "persistence/memory_store.h"
#include "tests/persistence/file_size_limit.h"
#include "tests/support/temporary_directory.h"

namespace trunkline::persistence {

// When the letters of these tests were written: nothing is old, unless a test says so.
inline constexpr std::int64_t kLettersTimeMs = 1'700'000'000'000;

// Rank 0 of two, as for every kind.
class MemoryPlace {
 public:
  using StoreType = MemoryStore;

  std::unique_ptr<MemoryStore> open() {
    MemoryConfig config;
    config.slots = wire::SlotMap::fresh(2, 0);
    config.retention = retention_;
    config.loads_later = ++openings_ % 2 == 0;  // both ways of answering
    auto store = std::make_unique<MemoryStore>(disk_, config);
    store->set_full(full_);
    store_ = store.get();
    return store;
  }
  void fill() { set_full(true); }
  void make_room() { set_full(false); }
  RetentionLimits& retention() { return retention_; }
  void retain(MemoryStore& store) { store.retain(kNoWallTime); }

 private:
  void set_full(bool full) { store_->set_full(full_ = full); }

  MemoryDisk disk_{7, wire::PrintKey{1}, {2}};
  RetentionLimits retention_;
  bool full_ = false;
  int openings_ = 0;
  MemoryStore* store_ = nullptr;
};

// `Tail`: records kept in memory; 0 archives everything at once, so that answers come from LMDB.
template <std::size_t Tail>
class LmdbPlace {
 public:
  using StoreType = LmdbStore;

  std::unique_ptr<LmdbStore> open() {
    LmdbConfig config;
    config.directory = directory_.path() + "/rank-0";
    config.slots = wire::SlotMap::fresh(2, 0);
    config.retention = retention_;
    config.tail_records = Tail;
    config.ballast_bytes = 1 << 20;
    config.clock = [] { return wire::Now{0, kLettersTimeMs}; };
    return std::make_unique<LmdbStore>(config);
  }
  // Files may grow no further: what a full disk looks like to who allocates.
  void fill() { limit_.emplace(kLogFileBytes); }
  void make_room() { limit_.reset(); }
  RetentionLimits& retention() { return retention_; }
  void retain(LmdbStore& store) { store.sweep(); }

 private:
  static constexpr rlim_t kLogFileBytes = 16 << 20;  // as the store allocates it at first
  tests::TemporaryDirectory directory_;
  std::optional<FileSizeLimit> limit_;
  RetentionLimits retention_;
};

using StoreKinds = testing::Types<MemoryPlace, LmdbPlace<4'096>, LmdbPlace<0>>;

}  // namespace trunkline::persistence
