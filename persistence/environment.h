// LMDB, held properly: an environment and its transactions, always in the default (sync) mode.
// Without it acked data is lost or corrupt after a power cut (measured; README.md).
//
// Trouble: what cannot be opened throws std::runtime_error. Inside a write transaction, want of
// room is remembered by the transaction (`full()`), which then does nothing more and does not
// commit. Any other failure of a transaction ends the process: see stop_serving().
//
// Views that a transaction returns live until it ends or writes.
#pragma once

#include <lmdb.h>

#include <array>
#include <stdexcept>
#include <string>

#include "persistence/stop_serving.h"
#include "wire/ids.h"

namespace trunkline::persistence {

// Whether data is made, or expected to be there.
enum class Opening { make, expect };

class Environment {
 public:
  // Opens or makes the file `path` (and `path`-lock). `map_bytes`: address space at first.
  Environment(const std::string& path, std::size_t map_bytes, unsigned databases);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  MDB_env* get() const { return env_; }
  const std::string& path() const { return path_; }

  // Makes sure that the file has room for `bytes` beyond what it uses, so that a commit cannot fail
  // for want of it; allocates `chunk_bytes` at a time. False: the disk (or quota, or limit) is
  // full.
  [[nodiscard]] bool make_room(std::size_t bytes, std::size_t chunk_bytes);
  // Doubles the address space, up to `map_bytes_max`. False: it is there already.
  // REQUIRES: no transaction of this process is open on it.
  [[nodiscard]] bool grow_map(std::size_t map_bytes_max);
  std::size_t map_bytes() const;
  // The end of the highest page in use.
  std::size_t used_bytes() const;
  // Clears readers that died without leaving.
  void check_readers();

 private:
  std::string path_;
  MDB_env* env_ = nullptr;
  std::size_t allocated_bytes_ = 0;
};

// A snapshot. One at a time on a thread; kept short, since it pins the pages that it sees.
class ReadTransaction {
 public:
  explicit ReadTransaction(const Environment& environment);
  ~ReadTransaction() { mdb_txn_abort(txn_); }
  ReadTransaction(const ReadTransaction&) = delete;
  ReadTransaction& operator=(const ReadTransaction&) = delete;

  MDB_txn* get() const { return txn_; }
  // False: no such key.
  bool find(MDB_dbi database, wire::BytesView key, wire::BytesView& value) const;

 private:
  MDB_txn* txn_ = nullptr;
};

class WriteTransaction {
 public:
  explicit WriteTransaction(Environment& environment);
  ~WriteTransaction();
  WriteTransaction(const WriteTransaction&) = delete;
  WriteTransaction& operator=(const WriteTransaction&) = delete;

  MDB_txn* get() const { return txn_; }
  MDB_dbi open(const char* database);  // makes it if absent
  bool find(MDB_dbi database, wire::BytesView key, wire::BytesView& value) const;
  void put(MDB_dbi database, wire::BytesView key, wire::BytesView value, unsigned flags = 0);
  // A key that is not there is no trouble.
  void erase(MDB_dbi database, wire::BytesView key);
  bool full() const { return full_; }
  // For what a cursor did within this transaction. True: it succeeded.
  bool took(int result, const char* what);
  // Durable when it returns true. False: the map is full, and nothing was written.
  [[nodiscard]] bool commit();

 private:
  MDB_txn* txn_ = nullptr;
  bool full_ = false;
};

// Walks one database inside a transaction. REQUIRES: it ends before its transaction does (a commit
// frees LMDB's part of it).
class Cursor {
 public:
  Cursor(const ReadTransaction& transaction, MDB_dbi database);
  Cursor(WriteTransaction& transaction, MDB_dbi database);
  ~Cursor() {
    if (cursor_ != nullptr) mdb_cursor_close(cursor_);
  }
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;

  // Each: false when there is none.
  bool first() { return move(MDB_FIRST); }
  bool last() { return move(MDB_LAST); }
  bool next() { return move(MDB_NEXT); }
  bool previous() { return move(MDB_PREV); }
  bool at_or_after(wire::BytesView key);
  // The last one that is before `key`.
  bool before(wire::BytesView key);
  wire::BytesView key() const;
  wire::BytesView value() const;

  // Only in a WriteTransaction. Sorted keys are put cheaply.
  void put(wire::BytesView key, wire::BytesView value, unsigned flags = 0);
  // next() then gives the one after the erased.
  void erase();

 private:
  bool move(MDB_cursor_op operation);

  WriteTransaction* writing_ = nullptr;
  MDB_cursor* cursor_ = nullptr;
  MDB_val key_{}, value_{};
};

// The handles of databases, made if absent, in the order of their names given.
template <std::size_t Count>
std::array<MDB_dbi, Count> open_databases(Environment& environment,
                                          const char* const (&names)[Count]) {
  std::array<MDB_dbi, Count> handles{};
  WriteTransaction transaction(environment);
  for (std::size_t at = 0; at < Count; ++at) handles[at] = transaction.open(names[at]);
  if (!transaction.commit()) throw std::runtime_error(environment.path() + ": no room for tables");
  return handles;
}

}  // namespace trunkline::persistence
