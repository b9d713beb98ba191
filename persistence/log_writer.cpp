#include "persistence/log_writer.h"

#include <pthread.h>

#include "persistence/schema.h"
#include "wire/check.h"
#include "wire/limits.h"
#include "wire/record.h"

namespace trunkline::persistence {

using wire::Bytes;
using wire::Lsn;

namespace {

// What a transaction may touch besides its records: inner pages, the list of free ones, trimming.
constexpr std::size_t kRoomBesideBytes = 4 * 1024 * 1024;
// Trimming keeps pace with appending and catches up, but never makes an ack wait for long.
constexpr std::size_t kTrimBeside = 64;
constexpr std::size_t kTrimAlone = 2'000;
constexpr auto kLookForRoomEvery = std::chrono::milliseconds(500);
constexpr auto kPatience = std::chrono::microseconds(wire::kCommitPatienceUs);

const Bytes& bytes_of(const wire::StoreOp& op) {
  if (const auto* append = std::get_if<wire::AppendRecord>(&op.what)) return append->record;
  return std::get<wire::PutAccount>(op.what).account;
}

std::size_t size_of(const std::vector<wire::StoreOp>& group) {
  std::size_t size = 0;
  for (const wire::StoreOp& op : group) size += bytes_of(op).size();
  return size;
}

// A record spills onto whole pages, so twice its bytes and a page each cover it.
std::size_t room_for(const std::vector<wire::StoreOp>& group) {
  return kRoomBesideBytes + 2 * size_of(group) + 4096 * group.size();
}

}  // namespace

LogWriter::LogWriter(WriterTable log, WriterTable accounts, Lsn first_lsn, Lsn next_lsn,
                     Ballast& ballast, Completions& completions, wire::TraceRing* traced)
    : log_(log),
      accounts_(accounts),
      traced_(traced),
      ballast_(ballast),
      completions_(completions),
      next_lsn_(next_lsn),
      first_lsn_(first_lsn),
      thread_([this] { run(); }) {
  pthread_setname_np(thread_.native_handle(), "store-writer");
}

LogWriter::~LogWriter() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  awake_.notify_one();
  thread_.join();
}

void LogWriter::submit(std::vector<wire::StoreOp> ops) {
  bool wakes = false;
  {
    const std::lock_guard lock(mutex_);
    const bool was_due = is_due(), was_empty = queue_.empty();
    for (wire::StoreOp& op : ops) {
      if (op.generation != generation_) continue;
      urgent_ += op.patient ? 0 : 1;
      queue_.push_back(std::move(op));
    }
    if (was_empty && !queue_.empty() && urgent_ == 0) {
      due_at_ = std::chrono::steady_clock::now() + kPatience;
    }
    // The first that is patient sets the alarm.
    wakes = (is_due() && !was_due) || was_empty;
  }
  if (wakes) awake_.notify_one();
}

void LogWriter::trim_up_to(Lsn lsn) {
  {
    const std::lock_guard lock(mutex_);
    trim_to_ = lsn;
  }
  awake_.notify_one();
}

void LogWriter::hold(bool held) {
  {
    const std::lock_guard lock(mutex_);
    if (held_ == held) return;
    held_ = held;
  }
  awake_.notify_one();
}

bool LogWriter::is_due() const {
  return urgent_ > 0 || queue_.size() >= wire::kCommitPatientMax;
}

bool LogWriter::has_work() const {
  if (stopping_ || (is_due() && !held_)) return true;
  return !full_ && trim_to_ >= first_lsn_;
}

void LogWriter::wait_for_work(std::unique_lock<std::mutex>& lock) {
  const auto work = [this] { return has_work(); };
  if (full_) {
    awake_.wait_for(lock, kLookForRoomEvery, work);
    return;
  }
  // Until there is work, or a patient queue.
  awake_.wait(lock, [this] { return has_work() || (!queue_.empty() && !held_); });
  if (!has_work()) awake_.wait_until(lock, due_at_, work);
}

void LogWriter::run() {
  if (!ballast_.held()) look_for_room();
  for (;;) {
    Group group;
    bool trims = false;
    {
      std::unique_lock lock(mutex_);
      wait_for_work(lock);
      if (stopping_) return;
      group = take_group();
      trims = trim_to_ >= first_lsn_;
    }
    const bool due = std::chrono::steady_clock::now() - looked_for_room_ >= kLookForRoomEvery;
    if (due && (full_ || !ballast_.held())) look_for_room();
    if (!group.empty()) {
      commit(std::move(group));
    } else if (trims) {
      trim_only();
    }
  }
}

LogWriter::Group LogWriter::take_group() {
  Group group;
  if (held_) return group;
  std::size_t bytes = 0;
  while (!queue_.empty()) {
    const wire::StoreOp& next = queue_.front();
    const std::size_t size = bytes_of(next).size();
    if (!group.empty() && next.what.index() != group.front().what.index()) break;
    const bool fits =
        group.size() < wire::kCommitRecordsMax && bytes + size <= wire::kCommitBytesMax;
    if (!group.empty() && !fits && !next.with_previous) break;
    bytes += size;
    urgent_ -= next.patient ? 0 : 1;
    group.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return group;
}

void LogWriter::commit(Group group) {
  const bool appends = std::holds_alternative<wire::AppendRecord>(group.front().what);
  const auto begin = std::chrono::steady_clock::now();
  if (appends) trace(group, wire::Stage::commit_begun);
  const bool done = !full_ && (appends ? append(group) : put_accounts(group));
  if (!done) return take_back(group);
  if (appends) trace(group, wire::Stage::committed);
  if (appends) next_lsn_ += group.size();
  const auto took = std::chrono::steady_clock::now() - begin;
  counters_.commit_us += static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(took).count());
  ++counters_.commits;
  counters_.records += group.size();
  counters_.bytes += size_of(group);
  completions_.post(Committed{std::move(group), next_lsn_ - 1});
}

void LogWriter::trace(const Group& group, wire::Stage stage) {
  if (traced_ == nullptr || !traced_->on()) return;
  for (const wire::StoreOp& op : group) {
    traced_->add(wire::trace_id_of_record(bytes_of(op)), stage);
  }
}

bool LogWriter::append(const Group& group) {
  for (;;) {
    if (!log_.environment.make_room(room_for(group), log_.chunk_bytes)) return false;
    if (append_once(group)) return true;
    if (!log_.environment.grow_map(log_.map_bytes_max)) break;
  }
  map_full_at_ = first_lsn_;
  return false;
}

bool LogWriter::append_once(const Group& group) {
  const Lsn first_before = first_lsn_;
  WriteTransaction transaction(log_.environment);
  {
    Cursor cursor(transaction, log_.table);
    Lsn lsn = next_lsn_;
    for (const wire::StoreOp& op : group) cursor.put(lsn_key(lsn++), bytes_of(op), MDB_APPEND);
  }
  erase_front(transaction, 2 * group.size() + kTrimBeside);
  const bool committed = transaction.commit();
  if (!committed) first_lsn_ = first_before;
  return committed;
}

bool LogWriter::put_accounts(const Group& group) {
  do {
    if (!accounts_.environment.make_room(room_for(group), accounts_.chunk_bytes)) return false;
    WriteTransaction transaction(accounts_.environment);
    for (const wire::StoreOp& op : group) {
      const auto account = wire::decode_account(bytes_of(op));
      TRUNKLINE_CHECK(account, "an account that is put is whole");
      transaction.put(accounts_.table, account->user, bytes_of(op));
    }
    if (transaction.commit()) return true;
  } while (accounts_.environment.grow_map(accounts_.map_bytes_max));
  return false;
}

void LogWriter::erase_front(WriteTransaction& transaction, std::size_t count) {
  Lsn trim_to = 0;
  {
    const std::lock_guard lock(mutex_);
    trim_to = trim_to_;
  }
  Cursor cursor(transaction, log_.table);
  for (; trim_to >= first_lsn_ && count > 0; --count) {
    if (!cursor.first()) {
      first_lsn_ = trim_to + 1;
      break;
    }
    first_lsn_ = lsn_of_key(cursor.key());
    if (first_lsn_ > trim_to) break;
    cursor.erase();
    ++first_lsn_;
  }
}

void LogWriter::trim_only() {
  const Lsn first_before = first_lsn_;
  if (!log_.environment.make_room(kRoomBesideBytes, log_.chunk_bytes)) {
    // Nothing can be written at all, ballast given up or not.
    ballast_.give_up();
    if (!log_.environment.make_room(kRoomBesideBytes, log_.chunk_bytes)) return set_full(true);
  }
  WriteTransaction transaction(log_.environment);
  erase_front(transaction, kTrimAlone);
  if (transaction.commit()) return;
  first_lsn_ = first_before;
  if (log_.environment.grow_map(log_.map_bytes_max + kRoomBesideBytes)) return;
  map_full_at_ = first_lsn_;
  set_full(true);
}

void LogWriter::take_back(const Group& group) {
  std::size_t count = group.size();
  std::uint32_t generation = 0;
  {
    const std::lock_guard lock(mutex_);
    count += queue_.size();
    queue_.clear();
    urgent_ = 0;
    generation = ++generation_;
  }
  counters_.taken_back += count;
  completions_.post(wire::TakenBack{generation});
  set_full(true);
}

void LogWriter::look_for_room() {
  looked_for_room_ = std::chrono::steady_clock::now();
  const bool map_has_room = first_lsn_ > map_full_at_;
  const bool room = map_has_room && ballast_.take() &&
                    log_.environment.make_room(2 * kRoomBesideBytes, log_.chunk_bytes) &&
                    accounts_.environment.make_room(kRoomBesideBytes, accounts_.chunk_bytes);
  set_full(!room);
}

void LogWriter::set_full(bool full) {
  if (full) ballast_.give_up();
  if (full != full_) completions_.post(wire::RoomChanged{full});
  full_ = full;
}

}  // namespace trunkline::persistence
