#include "persistence/dump_rank.h"

#include <algorithm>
#include <stdexcept>

#include "persistence/data_directory.h"

namespace trunkline::persistence {

using wire::Bytes;
using wire::BytesView;
using wire::Lsn;
using wire::Mseq;

namespace {

// Address space for reading: LMDB takes what the file needs where this is less.
constexpr std::size_t kMapBytes = std::size_t{1} << 30;
constexpr unsigned kStateTables = 4;
constexpr const char* kInstead = " (`trunkline admin stop`, or end its supervisor)";

std::string state_file(const std::string& directory) {
  return directory + "/data/state.mdb";
}

}  // namespace

std::uint32_t ranks_of_data(const std::string& directory) {
  const DirectoryLock lock(directory, kDataLock, kInstead);
  check_state_pages(state_file(directory));
  Environment environment(state_file(directory), kMapBytes, kStateTables);
  const auto meta = open_databases(environment, {"meta"})[0];
  const ReadTransaction reading(environment);
  BytesView bytes;
  const auto identity = reading.find(meta, kIdentityKey, bytes) ? unsealed<Identity>(bytes)
                                                                : std::optional<Identity>();
  if (!identity || identity->ranks == 0 || identity->ranks > wire::kRanksMax) {
    throw std::runtime_error(environment.path() +
                             ": its identity is missing, damaged, or of another version");
  }
  return identity->ranks;
}

DumpRank::DumpRank(const std::string& directory, wire::RankId self, const wire::SlotMap& slots,
                   const std::optional<std::array<unsigned char, 32>>& pepper)
    : self_(self),
      lock_(directory, kDataLock, kInstead),
      state_(state_file(directory), kMapBytes, {self, slots, pepper}, Opening::expect),
      log_tables_(directory + "/data/log.mdb", kMapBytes, state_.identity().log, Opening::expect),
      archive_tables_(directory + "/data/archive.mdb", kMapBytes, state_.identity().log,
                      Opening::expect),
      print_key_(print_key_of(state_.identity().pepper)),
      archived_(archive_tables_.applied()),
      log_(archived_ + 1),
      tail_(log_, slots, self) {
  replay();
  accounts_.emplace(state_.environment, state_.accounts);
  mailboxes_.emplace(archive_tables_.environment, archive_tables_.mailboxes);
  archived_mailbox_ = mailboxes_->take();
}

void DumpRank::replay() {
  tail_.start_positions(archive_.copied(), archive_.sources());
  log_tables_.replay(archived_ + 1, [this](BytesView record) {
    tail_.apply(log_.append(Bytes(record)));
    const wire::RecordView view = checked_record(log_.at(log_.last()));
    if (view.type == wire::RecordType::message) {
      not_archived_.insert(owner_key(checked_record_of<wire::MessageRecord>(view).owner));
    } else if (view.type == wire::RecordType::cursor) {
      not_archived_.insert(owner_key(checked_record_of<wire::CursorRecord>(view).owner));
    }
  });
}

std::uint64_t DumpRank::messages() const {
  const ReadTransaction reading(archive_tables_.environment);
  MDB_stat stat;
  mdb_stat(reading.get(), archive_tables_.messages, &stat);
  return stat.ms_entries + log_.size();
}

void DumpRank::pending_copies(wire::RankId target, Lsn there,
                              const std::function<void(PendingCopy)>& visit) const {
  // What the target passed over (its user was gone) is confirmed, though it never stood there.
  const auto confirmed = tail_.copied().find(target);
  const Lsn after = std::max(there, confirmed == tail_.copied().end() ? 0 : confirmed->second);
  const auto give = [&](Lsn lsn, BytesView record) {
    visit({identity().log, lsn, Bytes(record)});
    return true;
  };
  archive_.copies(target, after, log_.first(), give);
  if (const LsnList* lsns = tail_.copies(target)) {
    for (std::size_t at = lsns->count_up_to(after); at < lsns->size(); ++at) {
      give((*lsns)[at], log_.at((*lsns)[at]));
    }
  }
}

Lsn DumpRank::position_of(wire::LogId log) const {
  const auto at = tail_.sources().find(log);
  return at == tail_.sources().end() ? 0 : at->second;
}

void DumpRank::add_copy(Bytes sender, PendingCopy copy) {
  // As a rank does: copies for nobody are passed over.
  if (state_.account(sender).empty()) return;
  not_archived_.insert(owner_key(sender));
  copies_[std::move(sender)].push_back(std::move(copy));
  ++copy_count_;
}

std::optional<Bytes> DumpRank::Walk::take() {
  if (!at) return std::nullopt;
  Bytes key(cursor.key());
  at = cursor.next();
  return key;
}

std::optional<Bytes> DumpRank::next_account() {
  return accounts_->take();
}

std::optional<Bytes> DumpRank::next_mailbox() {
  std::optional<Bytes> next;
  if (!not_archived_.empty() &&
      (!archived_mailbox_ || *not_archived_.begin() <= *archived_mailbox_)) {
    next = std::move(not_archived_.extract(not_archived_.begin()).value());
  }
  if (!next) return std::exchange(archived_mailbox_, mailboxes_->take());
  if (archived_mailbox_ == next) archived_mailbox_ = mailboxes_->take();
  return next;
}

void DumpRank::write_account(BytesView user, DumpWriter& writer, DumpLosses& losses) const {
  const Bytes account = state_.account(user);
  if (account.empty()) {
    ++losses.accounts;
  } else {
    writer.add(DumpAccount{account, *wire::decode_account(account)});
  }
}

// One mailbox on its way out.
class DumpRank::MailboxOut {
 public:
  MailboxOut(const DumpRank& rank, BytesView owner, DumpWriter& writer, DumpLosses& losses)
      : rank_(rank), owner_(owner), writer_(writer), losses_(losses) {}

  void write() {
    meta_ = rank_.archive_.mailbox(owner_);
    rank_.tail_.lay_cursors_over(owner_, meta_);
    std::sort(meta_.cursors.begin(), meta_.cursors.end(),
              [](const auto& a, const auto& b) { return a.device < b.device; });
    const Mseq archived = meta_.head;
    fold_tail();
    place_copies();
    writer_.add(DumpMailbox{owner_, meta_});
    for (const wire::DeviceCursor& cursor : meta_.cursors) {
      writer_.add(DumpCursor{cursor.device, cursor.mseq, cursor.seen_ms});
    }
    write_messages(archived);
    write_remembered();
  }

 private:
  void fold_tail() {
    range_ = rank_.tail_.range(owner_);
    if (range_.empty()) return;
    if (meta_.first == range_.first) meta_.first_time_ms = at(range_.first).time_ms;
    const wire::MessageRecord last = at(range_.head);
    meta_.head = range_.head;
    meta_.head_time_ms = last.time_ms;
    meta_.head_sums = {last.count_sum, last.bytes_sum};
  }
  // As the home of the sender would take them (routing/copies_in), but for the clock: nobody is
  // there to see when.
  void place_copies() {
    const auto pending = rank_.copies_.find(owner_);
    if (pending == rank_.copies_.end()) return;
    for (const PendingCopy& copy : pending->second) {
      wire::MessageRecord record = checked_message(copy.record);
      record.owner = owner_;
      record.mseq = ++meta_.head;
      record.source_log = copy.log;
      record.source_lsn = copy.lsn;
      record.time_ms = meta_.head_time_ms = std::max(meta_.head_time_ms, record.time_ms);
      record.count_sum = meta_.head_sums.count;
      record.bytes_sum = meta_.head_sums.bytes;
      record.stamps = {};
      if (meta_.first == record.mseq) meta_.first_time_ms = record.time_ms;
      copies_.push_back(wire::encoded_record(record));
    }
  }
  void write_messages(Mseq archived) {
    Mseq expected = meta_.first;
    rank_.archive_.messages(owner_, meta_.first - 1, archived + 1,
                            [&](Mseq mseq, BytesView record) {
                              lose(expected, mseq);
                              expected = mseq + 1;
                              write_message(record);
                              return true;
                            });
    lose(expected, archived + 1);
    for (Mseq mseq = range_.first; mseq <= range_.head; ++mseq) {
      write_message(rank_.tail_.message(owner_, mseq));
    }
    for (const Bytes& copy : copies_) write_message(copy);
  }
  // Messages from `first` up to before `behind` are not there.
  void lose(Mseq first, Mseq behind) {
    if (first >= behind) return;
    lost_.push_back({first, behind});
    losses_.messages += behind - first;
  }
  bool is_lost(Mseq mseq) const {
    return std::any_of(lost_.begin(), lost_.end(), [&](const auto& range) {
      return mseq >= range.first && mseq < range.second;
    });
  }
  bool has_other_key() const { return rank_.identity().print_key != rank_.print_key_; }
  void write_message(BytesView bytes) {
    wire::MessageRecord record = checked_message(bytes);
    if (!has_other_key()) return writer_.add(DumpMessage{bytes, record});
    record.print = wire::print_of(rank_.print_key_, record.message.id, record.message.body);
    const Bytes changed = wire::encoded_record(record);
    writer_.add(DumpMessage{changed, record});
  }
  void write_remembered();

  wire::MessageRecord at(Mseq mseq) const {
    return checked_message(rank_.tail_.message(owner_, mseq));
  }

  const DumpRank& rank_;
  const BytesView owner_;
  DumpWriter& writer_;
  DumpLosses& losses_;
  MailboxMeta meta_;
  Tail::Range range_;
  std::vector<Bytes> copies_;
  std::vector<std::pair<Mseq, Mseq>> lost_;
};

// Only those whose message is gone: the others are told by their messages.
void DumpRank::MailboxOut::write_remembered() {
  const Bytes prefix = owner_key(owner_);
  const ReadTransaction reading(rank_.archive_tables_.environment);
  Cursor cursor(reading, rank_.archive_tables_.remembered);
  for (bool at = cursor.at_or_after(prefix); at; at = cursor.next()) {
    if (cursor.key().substr(0, prefix.size()) != prefix) return;
    wire::Reader key(cursor.key().substr(prefix.size()));
    DumpRemembered item;
    key.name(item.sender);
    key.name(item.device);
    item.mseq = lsn_of_key(cursor.key());
    if (item.mseq >= meta_.first && !is_lost(item.mseq)) continue;
    const auto value = unsealed<RememberedValue>(cursor.value());
    if (!value || has_other_key()) {
      ++losses_.remembered_ids;
      continue;
    }
    item.print = value->print;
    item.sepoch = value->sepoch;
    item.time_ms = value->time_ms;
    writer_.add(item);
  }
}

void DumpRank::write_mailbox(BytesView owner, DumpWriter& writer, DumpLosses& losses) const {
  MailboxOut(*this, owner, writer, losses).write();
}

}  // namespace trunkline::persistence
