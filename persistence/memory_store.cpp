#include "persistence/memory_store.h"

namespace trunkline::persistence {

using wire::Bytes;
using wire::BytesView;
using wire::Lsn;
using wire::Mseq;

static_assert(Store<MemoryStore>);

MemoryStore::MemoryStore(MemoryDisk& disk, MemoryConfig config)
    : disk_(disk),
      config_(std::move(config)),
      tail_(disk_.log, config_.slots, config_.self),
      reading_(tail_, *this) {
  while (folded_ < disk_.log.last()) tail_.apply(++folded_);
  if (config_.fault == wire::Fault::no_rebuild) tail_.forget_remembered();
  opened_.log = disk_.log_id;
  opened_.epoch = disk_.epoch;
  opened_.storage = wire::Storage::memory;
  opened_.print_key = disk_.print_key;
  opened_.pepper = disk_.pepper;
  opened_.last_lsn = folded_;
  for (const auto& [log, position] : tail_.sources())
    opened_.copy_sources.push_back({log, position});
  for (const auto& [target, position] : tail_.copied()) {
    opened_.copy_targets.push_back({target, position});
  }
}

void MemoryStore::begin(wire::Epoch epoch) {
  TRUNKLINE_CHECK(epoch > disk_.epoch, "a job's epoch is higher than any that served this data");
  epoch_ = disk_.epoch = epoch;
}

void MemoryStore::submit(std::vector<wire::StoreOp> ops) {
  for (wire::StoreOp& op : ops) {
    if (op.generation == generation_) queue_.push_back(std::move(op));
  }
}

bool MemoryStore::commit(std::size_t count) {
  if (queue_.empty()) return false;
  if (full_ || disk_.epoch != epoch_) {
    take_back();
    return true;
  }
  wire::Op last = 0;
  for (; !queue_.empty() && (count > 0 || queue_.front().with_previous); count -= count > 0) {
    wire::StoreOp op = std::move(queue_.front());
    queue_.pop_front();
    last = op.op;
    ++counters_.records;
    if (auto* append = std::get_if<wire::AppendRecord>(&op.what)) {
      counters_.bytes += append->record.size();
      disk_.log.append(std::move(append->record));
    } else {
      Bytes& account = std::get<wire::PutAccount>(op.what).account;
      const auto decoded = wire::decode_account(account);
      TRUNKLINE_CHECK(decoded, "an account that is put is whole");
      const Bytes user(decoded->user);
      disk_.accounts.insert_or_assign(user, std::move(account));
    }
  }
  ++counters_.commits;
  events_.emplace_back(wire::Durable{last, disk_.log.last()});
  return true;
}

void MemoryStore::take_back() {
  counters_.taken_back += queue_.size();
  queue_.clear();
  events_.emplace_back(wire::TakenBack{++generation_});
}

void MemoryStore::set_full(bool full) {
  if (full != full_) events_.emplace_back(wire::RoomChanged{full});
  full_ = full;
}

void MemoryStore::poll(std::vector<wire::StoreEvent>& events) {
  if (config_.commit_in_poll) commit_all();
  for (wire::StoreEvent& event : events_) {
    if (const auto* durable = std::get_if<wire::Durable>(&event)) {
      while (folded_ < durable->last_lsn) tail_.apply(++folded_);
    }
    events.push_back(std::move(event));
  }
  events_.clear();
  for (const wire::Load& load : loads_) events.emplace_back(answer(load));
  loads_.clear();
}

bool MemoryStore::load(const wire::Load& load, wire::Loaded& out) {
  ++counters_.loads;
  if (config_.loads_later) {
    loads_.push_back(load);
    return false;
  }
  out = answer(load);
  return true;
}

wire::Loaded MemoryStore::answer(const wire::Load& load) const {
  wire::Loaded loaded;
  loaded.ticket = load.ticket;
  if (const auto* mailbox = std::get_if<wire::LoadMailbox>(&load.what)) {
    wire::MailboxLoaded answer = reading_.mailbox(*mailbox);
    answer.account = account(mailbox->owner);
    loaded.what = std::move(answer);
  } else if (const auto* messages = std::get_if<wire::LoadMessages>(&load.what)) {
    loaded.what = reading_.messages(*messages);
  } else if (const auto* history = std::get_if<wire::LoadHistory>(&load.what)) {
    loaded.what = reading_.history(*history);
  } else if (const auto* remembered = std::get_if<wire::LoadRemembered>(&load.what)) {
    loaded.what = reading_.remembered(*remembered);
  } else if (const auto* copies = std::get_if<wire::LoadCopies>(&load.what)) {
    wire::CopiesLoaded answer = reading_.copies(*copies);
    if (config_.fault == wire::Fault::copy_ahead) add_queued_copies(*copies, answer);
    loaded.what = std::move(answer);
  } else if (const auto* one = std::get_if<wire::LoadAccount>(&load.what)) {
    loaded.what = wire::AccountLoaded{account(one->owner)};
  } else {
    loaded.what = accounts(std::get<wire::LoadAccounts>(load.what));
  }
  return loaded;
}

void MemoryStore::add_queued_copies(const wire::LoadCopies& load,
                                    wire::CopiesLoaded& loaded) const {
  Lsn lsn = disk_.log.last();
  for (const wire::StoreOp& op : queue_) {
    const auto* append = std::get_if<wire::AppendRecord>(&op.what);
    if (append == nullptr) continue;
    ++lsn;
    const wire::RecordView view = checked_record(append->record);
    if (view.type != wire::RecordType::message || lsn <= load.after) continue;
    const auto record = checked_record_of<wire::MessageRecord>(view);
    if (copy_target(record, config_.slots, config_.self) != load.target) continue;
    loaded.records.push_back(append->record);
    loaded.lsns.push_back(lsn);
  }
}

wire::Bytes MemoryStore::account(const wire::Bytes& owner) const {
  const auto found = disk_.accounts.find(owner);
  return found == disk_.accounts.end() ? wire::Bytes() : found->second;
}

wire::AccountsLoaded MemoryStore::accounts(const wire::LoadAccounts& load) const {
  wire::AccountsLoaded loaded;
  for (auto at = disk_.accounts.upper_bound(load.after); at != disk_.accounts.end(); ++at) {
    loaded.more = loaded.accounts.size() == load.limit;
    if (loaded.more) break;
    loaded.accounts.push_back(at->second);
  }
  return loaded;
}

MailboxMeta MemoryStore::mailbox(BytesView owner) const {
  MailboxMeta meta;
  if (const auto trimmed = disk_.trimmed.find(owner); trimmed != disk_.trimmed.end()) {
    meta.first = trimmed->second.first;
    meta.head = meta.first - 1;
    meta.head_sums = meta.trimmed_sums = trimmed->second.sums;
  }
  return meta;
}

void MemoryStore::retain(std::int64_t wall_ms) {
  std::map<Bytes, MailboxMeta> mailboxes;
  for (Lsn lsn = disk_.log.first(); lsn <= folded_; ++lsn) {
    const wire::RecordView view = checked_record(disk_.log.at(lsn));
    if (view.type == wire::RecordType::cursor) {
      const auto cursor = checked_record_of<wire::CursorRecord>(view);
      mailboxes[Bytes(cursor.owner)].apply(cursor);
    } else if (view.type == wire::RecordType::message) {
      const auto record = checked_record_of<wire::MessageRecord>(view);
      MailboxMeta& meta = mailboxes[Bytes(record.owner)];
      if (meta.head == 0) meta.first = mailbox(record.owner).first;
      meta.head = record.mseq;
      if (record.mseq < meta.first) continue;
      if (record.mseq == meta.first) meta.first_time_ms = record.time_ms;
      ++meta.records;
      meta.bytes += view.whole.size();
    }
  }
  for (auto& [owner, meta] : mailboxes) trim(owner, meta, wall_ms);
}

void MemoryStore::trim(const Bytes& owner, MailboxMeta& meta, std::int64_t wall_ms) {
  const Mseq first_before = meta.first;
  while (is_too_much(meta, config_.retention, wall_ms)) {
    const BytesView bytes = tail_.message(owner, meta.first);
    const wire::MessageRecord record = checked_message(bytes);
    if (!may_go(record, meta.received())) break;
    --meta.records;
    meta.bytes -= bytes.size();
    ++meta.first;
    meta.trimmed_sums = {record.count_sum, record.bytes_sum};
    if (meta.first <= meta.head) {
      meta.first_time_ms = checked_message(tail_.message(owner, meta.first)).time_ms;
    }
  }
  if (meta.first == first_before) return;
  ++counters_.trimmed;
  disk_.trimmed[owner] = {meta.first, meta.trimmed_sums};
  events_.emplace_back(wire::MailboxTrimmed{owner, meta.first});
}

}  // namespace trunkline::persistence
