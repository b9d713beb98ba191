#include "persistence/archive_fill.h"

#include <algorithm>

#include "persistence/archive_repair.h"
#include "persistence/tail.h"

namespace trunkline::persistence {

using wire::Bytes;
using wire::BytesView;
using wire::Lsn;
using wire::Mseq;

namespace {

// Trimming keeps pace with filling and catches up; the sweep does the rest.
constexpr std::size_t kTrimBeside = 256;
constexpr std::size_t kPageBytes = 4'096;

// A portion, taken apart by table.
class Fill {
 public:
  Fill(WriteTransaction& transaction, const ArchiveTables& tables, const ArchiveRules& rules,
       const ArchivePortion& portion)
      : transaction_(transaction), tables_(tables), rules_(rules), portion_(portion) {}

  void gather();
  void write();
  void trim(std::int64_t wall_ms, std::vector<wire::MailboxTrimmed>& trimmed);
  void write_metas();

 private:
  struct Row {
    Bytes key;
    BytesView value;  // into the portion, or into `owned`
    Bytes owned;
  };
  void gather_message(Lsn lsn, BytesView whole, const wire::MessageRecord& record);
  MailboxMeta& meta(BytesView owner);
  void write_sorted(MDB_dbi table, std::vector<Row>& rows);
  void raise_position(const Bytes& key, Lsn position);

  WriteTransaction& transaction_;
  const ArchiveTables& tables_;
  const ArchiveRules& rules_;
  const ArchivePortion& portion_;
  std::map<Bytes, MailboxMeta, std::less<>> metas_;
  std::map<Bytes, Lsn> positions_;
  std::map<wire::RankId, Lsn> copied_;
  std::vector<Row> messages_, peers_, remembered_, copies_;
};

MailboxMeta& Fill::meta(BytesView owner) {
  const auto known = metas_.find(owner);
  if (known != metas_.end()) return known->second;
  return metas_.emplace(owner, meta_of(transaction_, tables_, owner)).first->second;
}

void Fill::raise_position(const Bytes& key, Lsn position) {
  Lsn& highest = positions_[key];
  highest = std::max(highest, position);
}

void Fill::gather() {
  copied_ = portion_.copied;
  Lsn lsn = portion_.first;
  for (const BytesView bytes : portion_.records) {
    const wire::RecordView view = checked_record(bytes);
    if (view.type == wire::RecordType::message) {
      gather_message(lsn, view.whole, checked_record_of<wire::MessageRecord>(view));
    } else if (view.type == wire::RecordType::cursor) {
      const auto cursor = checked_record_of<wire::CursorRecord>(view);
      meta(cursor.owner).apply(cursor);
    } else {
      const auto copied = checked_record_of<wire::CopiedRecord>(view);
      raise_position(copied_key(copied.target), copied.position);
      Lsn& position = copied_[copied.target];
      position = std::max(position, copied.position);
    }
    ++lsn;
  }
}

void Fill::gather_message(Lsn lsn, BytesView whole, const wire::MessageRecord& record) {
  MailboxMeta& mailbox = meta(record.owner);
  TRUNKLINE_CHECK(record.mseq == mailbox.head + 1, "the archive takes every number once, in order");
  if (record.mseq == mailbox.first) mailbox.first_time_ms = record.time_ms;
  mailbox.head = record.mseq;
  mailbox.head_time_ms = record.time_ms;
  mailbox.head_sums = {record.count_sum, record.bytes_sum};
  ++mailbox.records;
  mailbox.bytes += whole.size();
  messages_.push_back({message_key(record.owner, record.mseq), whole, {}});
  peers_.push_back({peer_key(record.owner, peer_of(record), record.mseq), {}, {}});
  if (record.source_log != 0) raise_position(source_key(record.source_log), record.source_lsn);
  if (record.is_own_copy()) return;
  remembered_.push_back(
      {remembered_key(record.owner, record.message.from, record.message.device, record.mseq),
       {},
       sealed(RememberedValue{record.print, record.sepoch, record.time_ms})});
  const wire::RankId target = copy_target(record, rules_.slots, rules_.self);
  if (target != wire::kNoRank) copies_.push_back({copy_key(target, lsn), whole, {}});
}

void Fill::write_sorted(MDB_dbi table, std::vector<Row>& rows) {
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.key < b.key; });
  Cursor cursor(transaction_, table);
  for (const Row& row : rows) {
    cursor.put(row.key, row.owned.empty() ? row.value : BytesView(row.owned));
  }
}

void Fill::write() {
  write_sorted(tables_.messages, messages_);
  write_sorted(tables_.peers, peers_);
  write_sorted(tables_.remembered, remembered_);
  // What has been copied meanwhile need not be kept for it, nor what was kept before.
  std::erase_if(copies_, [this](const Row& row) {
    const auto position = copied_.find(target_of_copy_key(row.key));
    return position != copied_.end() && lsn_of_key(row.key) <= position->second;
  });
  write_sorted(tables_.copies, copies_);
  for (const auto& [target, position] : copied_) {
    Cursor cursor(transaction_, tables_.copies);
    for (bool at = cursor.at_or_after(copy_key(target, 0)); at; at = cursor.next()) {
      if (target_of_copy_key(cursor.key()) != target || lsn_of_key(cursor.key()) > position) break;
      cursor.erase();
    }
  }
  for (const auto& [key, position] : positions_) {
    transaction_.put(tables_.positions, key, sealed(SealedNumber{position}));
  }
  transaction_.put(tables_.meta, kAppliedKey, sealed(SealedNumber{portion_.last()}));
}

void Fill::trim(std::int64_t wall_ms, std::vector<wire::MailboxTrimmed>& trimmed) {
  std::size_t left = 2 * portion_.records.size() + kTrimBeside;
  for (auto& [owner, meta] : metas_) {
    const std::size_t count =
        trim_mailbox(transaction_, tables_, owner, meta, rules_.retention, wall_ms, left);
    if (count > 0) trimmed.push_back({owner, meta.first});
    left -= count;
  }
}

void Fill::write_metas() {
  Cursor cursor(transaction_, tables_.mailboxes);
  for (const auto& [owner, meta] : metas_) cursor.put(owner_key(owner), sealed_meta(meta));
}

}  // namespace

bool fill_archive(ArchiveTables& tables, const ArchiveRules& rules, const ArchivePortion& portion,
                  std::int64_t wall_ms, std::vector<wire::MailboxTrimmed>& trimmed) {
  std::vector<wire::MailboxTrimmed> moved;
  WriteTransaction transaction(tables.environment);
  Fill fill(transaction, tables, rules, portion);
  fill.gather();
  fill.write();
  fill.trim(wall_ms, moved);
  fill.write_metas();
  if (!transaction.commit()) return false;
  trimmed.insert(trimmed.end(), moved.begin(), moved.end());
  return true;
}

std::size_t room_to_fill(const ArchiveTables& tables, std::size_t records, std::size_t bytes) {
  // Pages that are changed are copied: four tables, a leaf for each row at worst, trimmed ones too,
  // but never more than there are. New rows: half-full pages after splits, long names in keys.
  const std::size_t copied = std::min(10 * records * kPageBytes, tables.environment.used_bytes());
  return copied + 2 * bytes + 2'048 * records + 256 * kPageBytes;
}

std::size_t trim_mailbox(WriteTransaction& transaction, const ArchiveTables& tables,
                         BytesView owner, MailboxMeta& meta, const RetentionLimits& limits,
                         std::int64_t wall_ms, std::size_t count_max) {
  if (!is_too_much(meta, limits, wall_ms)) return 0;
  const Mseq received = meta.received();
  const Bytes prefix = owner_key(owner);
  std::size_t count = 0;
  Cursor cursor(transaction, tables.messages);
  for (bool at = cursor.at_or_after(message_key(owner, meta.first)); at; at = cursor.next()) {
    if (without_number(cursor.key()) != prefix) break;
    const Mseq mseq = lsn_of_key(cursor.key());
    const auto view = wire::decode_record(cursor.value());
    const auto record = view ? wire::record_of<wire::MessageRecord>(*view)
                             : wire::Result<wire::MessageRecord>(view.error());
    if (record) meta.first_time_ms = record->time_ms;
    const bool may = record ? may_go(*record, received) : mseq <= received;
    if (count == count_max || !may || !is_too_much(meta, limits, wall_ms)) break;
    if (record) meta.trimmed_sums = {record->count_sum, record->bytes_sum};
    const Bytes peer_row = record ? peer_key(owner, peer_of(*record), mseq) : Bytes();
    meta.first = mseq + 1;
    meta.records -= std::min<std::uint64_t>(meta.records, 1);
    meta.bytes -= std::min<std::uint64_t>(meta.bytes, cursor.value().size());
    cursor.erase();
    if (record) transaction.erase(tables.peers, peer_row);
    ++count;
  }
  return count;
}

MailboxMeta meta_of(WriteTransaction& transaction, const ArchiveTables& tables, BytesView owner) {
  BytesView bytes;
  if (!transaction.find(tables.mailboxes, owner_key(owner), bytes)) return {};
  auto meta = unsealed_meta(bytes);
  if (!meta) {
    Cursor messages(transaction, tables.messages);
    meta = rebuilt_mailbox(tables, messages, owner);
  }
  if (!meta) stop_serving("filling the archive", ("mailbox " + Bytes(owner) + " is gone").c_str());
  return *meta;
}

}  // namespace trunkline::persistence
