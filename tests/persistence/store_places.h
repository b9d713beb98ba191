// The kinds of store that the contract test runs on: for each, a place that outlives the store.
#pragma once

#include <gtest/gtest.h>

#include <memory>

#include "persistence/memory_store.h"

namespace trunkline::persistence {

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

using StoreKinds = testing::Types<MemoryPlace>;

}  // namespace trunkline::persistence
