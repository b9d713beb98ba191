// A directory, and LMDB stores on it that are opened, closed and opened again.
#pragma once

#include "tests/persistence/child_process.h"
#include "tests/persistence/store_verbs.h"

namespace trunkline::persistence {

class LmdbStoreTest : public testing::Test {
 protected:
  LmdbStoreTest() {
    config_.directory = directory_.path() + "/rank-0";
    config_.ballast_bytes = 1 << 20;
    config_.clock = [] { return wire::Now{0, kLettersTimeMs}; };
  }
  void open() {
    close();
    store_ = std::make_unique<LmdbStore>(config_);
    store_->begin(store_->opened().epoch + 1);
    user_.emplace(*store_);
  }
  void close() {
    user_.reset();
    store_.reset();
  }
  // What opening says when it refuses; empty: it did not.
  std::string refusal() {
    close();
    try {
      LmdbStore store(config_);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  }
  StoreUser<LmdbStore>& user() { return *user_; }
  std::string file(const char* name) const { return config_.directory + "/data/" + name; }

  tests::TemporaryDirectory directory_;
  LmdbConfig config_;
  std::unique_ptr<LmdbStore> store_;
  std::optional<StoreUser<LmdbStore>> user_;
};

}  // namespace trunkline::persistence
