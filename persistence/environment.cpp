#include "persistence/environment.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "wire/check.h"

namespace trunkline::persistence {

using wire::BytesView;

namespace {

// A view as LMDB takes it; it never writes through it.
MDB_val val(BytesView bytes) {
  return {bytes.size(), const_cast<char*>(bytes.data())};
}

BytesView view(const MDB_val& value) {
  return {static_cast<const char*>(value.mv_data), value.mv_size};
}

void require(int result, const std::string& path, const char* what) {
  if (result != 0) throw std::runtime_error(path + ": " + what + ": " + mdb_strerror(result));
}

// False: no such key. Everything but success and absence means that the data cannot be read.
bool found(int result, const char* what) {
  if (result == MDB_NOTFOUND) return false;
  if (result != 0) stop_serving(what, mdb_strerror(result));
  return true;
}

bool is_no_room(int error) {
  return error == ENOSPC || error == EDQUOT || error == EFBIG;
}

}  // namespace

Environment::Environment(const std::string& path, std::size_t map_bytes, unsigned databases)
    : path_(path) {
  require(mdb_env_create(&env_), path, "cannot make an LMDB environment");
  int result = mdb_env_set_mapsize(env_, map_bytes);
  if (result == 0) result = mdb_env_set_maxdbs(env_, databases);
  // NOTLS: a reader belongs to its transaction object. Never NOSYNC, NOMETASYNC or WRITEMAP.
  if (result == 0) {
    result = mdb_env_open(env_, path.c_str(), MDB_NOSUBDIR | MDB_NORDAHEAD | MDB_NOTLS, 0600);
  }
  if (result == 0) {
    int dead = 0;
    result = mdb_reader_check(env_, &dead);
  }
  if (result != 0) {
    mdb_env_close(env_);
    require(result, path, "LMDB cannot open it; restore the whole data directory from a copy");
  }
  int file = -1;
  mdb_env_get_fd(env_, &file);
  fcntl(file, F_SETFD, FD_CLOEXEC);
}

Environment::~Environment() {
  mdb_env_close(env_);
}

bool Environment::make_room(std::size_t bytes, std::size_t chunk_bytes) {
  const std::size_t needed = used_bytes() + bytes;
  if (needed <= allocated_bytes_) return true;
  int file = -1;
  mdb_env_get_fd(env_, &file);
  // A whole chunk, or where there is not that much left, what is needed.
  for (const std::size_t target : {(needed / chunk_bytes + 1) * chunk_bytes, needed}) {
    const int error = posix_fallocate(file, static_cast<off_t>(allocated_bytes_),
                                      static_cast<off_t>(target - allocated_bytes_));
    if (error == 0) {
      allocated_bytes_ = target;
      return true;
    }
    if (!is_no_room(error)) stop_serving("allocating room in a data file", std::strerror(error));
  }
  return false;
}

std::size_t Environment::used_bytes() const {
  MDB_envinfo info;
  MDB_stat stat;
  mdb_env_info(env_, &info);
  mdb_env_stat(env_, &stat);
  return (info.me_last_pgno + 1) * stat.ms_psize;
}

std::size_t Environment::map_bytes() const {
  MDB_envinfo info;
  mdb_env_info(env_, &info);
  return info.me_mapsize;
}

bool Environment::grow_map(std::size_t map_bytes_max) {
  const std::size_t now = map_bytes();
  if (now >= map_bytes_max) return false;
  const std::size_t target = now > map_bytes_max / 2 ? map_bytes_max : 2 * now;
  return mdb_env_set_mapsize(env_, target) == 0;
}

void Environment::check_readers() {
  int dead = 0;
  mdb_reader_check(env_, &dead);
}

ReadTransaction::ReadTransaction(const Environment& environment) {
  const int result = mdb_txn_begin(environment.get(), nullptr, MDB_RDONLY, &txn_);
  if (result != 0) stop_serving("beginning to read", mdb_strerror(result));
}

bool ReadTransaction::find(MDB_dbi database, BytesView key, BytesView& value) const {
  MDB_val k = val(key);
  MDB_val v{};
  if (!found(mdb_get(txn_, database, &k, &v), "reading")) return false;
  value = view(v);
  return true;
}

WriteTransaction::WriteTransaction(Environment& environment) {
  const int result = mdb_txn_begin(environment.get(), nullptr, 0, &txn_);
  if (result != 0) stop_serving("beginning to write", mdb_strerror(result));
}

WriteTransaction::~WriteTransaction() {
  if (txn_ != nullptr) mdb_txn_abort(txn_);
}

MDB_dbi WriteTransaction::open(const char* database) {
  MDB_dbi handle = 0;
  const int result = mdb_dbi_open(txn_, database, MDB_CREATE, &handle);
  if (result != 0) throw std::runtime_error(std::string(database) + ": " + mdb_strerror(result));
  return handle;
}

bool WriteTransaction::took(int result, const char* what) {
  if (result == MDB_MAP_FULL) full_ = true;
  if (result != 0 && result != MDB_MAP_FULL) stop_serving(what, mdb_strerror(result));
  return result == 0;
}

bool WriteTransaction::find(MDB_dbi database, BytesView key, BytesView& value) const {
  if (full_) return false;
  MDB_val k = val(key);
  MDB_val v{};
  if (!found(mdb_get(txn_, database, &k, &v), "reading")) return false;
  value = view(v);
  return true;
}

void WriteTransaction::put(MDB_dbi database, BytesView key, BytesView value, unsigned flags) {
  if (full_) return;
  MDB_val k = val(key);
  MDB_val v = val(value);
  took(mdb_put(txn_, database, &k, &v, flags), "writing");
}

void WriteTransaction::erase(MDB_dbi database, BytesView key) {
  if (full_) return;
  MDB_val k = val(key);
  const int result = mdb_del(txn_, database, &k, nullptr);
  if (result != MDB_NOTFOUND) took(result, "erasing");
}

bool WriteTransaction::commit() {
  if (full_) return false;
  // MAP_FULL comes from finding pages, before anything is written; whatever else it says, a sync
  // may have failed.
  const int result = mdb_txn_commit(txn_);
  txn_ = nullptr;
  if (result == MDB_MAP_FULL) return false;
  if (result != 0) stop_serving("committing", mdb_strerror(result));
  return true;
}

Cursor::Cursor(const ReadTransaction& transaction, MDB_dbi database) {
  const int result = mdb_cursor_open(transaction.get(), database, &cursor_);
  if (result != 0) stop_serving("opening a cursor", mdb_strerror(result));
}

Cursor::Cursor(WriteTransaction& transaction, MDB_dbi database) : writing_(&transaction) {
  if (transaction.full()) return;  // LMDB gives none in a transaction that is to be aborted
  const int result = mdb_cursor_open(transaction.get(), database, &cursor_);
  if (result != 0) stop_serving("opening a cursor", mdb_strerror(result));
}

bool Cursor::move(MDB_cursor_op operation) {
  if (writing_ != nullptr && writing_->full()) return false;
  return found(mdb_cursor_get(cursor_, &key_, &value_, operation), "walking");
}

bool Cursor::at_or_after(BytesView key) {
  key_ = val(key);
  return move(MDB_SET_RANGE);
}

bool Cursor::before(BytesView key) {
  return at_or_after(key) ? previous() : last();
}

BytesView Cursor::key() const {
  return view(key_);
}

BytesView Cursor::value() const {
  return view(value_);
}

void Cursor::put(BytesView key, BytesView value, unsigned flags) {
  TRUNKLINE_CHECK(writing_ != nullptr, "a cursor of a reader writes nothing");
  if (writing_->full()) return;
  MDB_val k = val(key);
  MDB_val v = val(value);
  writing_->took(mdb_cursor_put(cursor_, &k, &v, flags), "writing");
}

void Cursor::erase() {
  TRUNKLINE_CHECK(writing_ != nullptr, "a cursor of a reader writes nothing");
  if (writing_->full()) return;
  writing_->took(mdb_cursor_del(cursor_, 0), "erasing");
}

}  // namespace trunkline::persistence
