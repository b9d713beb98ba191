#include "persistence/tail.h"

namespace trunkline::persistence {

using wire::BytesView;
using wire::Lsn;
using wire::Mseq;

namespace {

// Names hold no control characters, so a zero byte tells them apart.
wire::Bytes pair_key(BytesView owner, BytesView sender, BytesView device) {
  wire::Bytes key;
  key.reserve(owner.size() + sender.size() + device.size() + 2);
  key.append(owner).push_back('\0');
  key.append(sender).push_back('\0');
  return key.append(device);
}

}  // namespace

BytesView peer_of(const wire::MessageRecord& record) {
  return record.is_own_copy() ? record.message.to : record.message.from;
}

wire::RankId copy_target(const wire::MessageRecord& record, const wire::SlotMap& slots,
                         wire::RankId self) {
  if (record.is_own_copy() || record.message.from == record.owner) return wire::kNoRank;
  const wire::RankId home = slots.home(record.message.from);
  return home == self ? wire::kNoRank : home;
}

wire::RecordView checked_record(BytesView bytes) {
  const auto view = wire::decode_record(bytes);
  TRUNKLINE_CHECK(view, "a record that was checked is still whole");
  return *view;
}

Tail::Tail(const RecordLog& log, const wire::SlotMap& slots, wire::RankId self)
    : log_(log), slots_(slots), self_(self) {}

void Tail::apply(Lsn lsn) {
  const wire::RecordView view = checked_record(log_.at(lsn));
  switch (view.type) {
    case wire::RecordType::message:
      return apply_message(lsn, checked_record_of<wire::MessageRecord>(view));
    case wire::RecordType::cursor:
      return apply_cursor(lsn, checked_record_of<wire::CursorRecord>(view));
    case wire::RecordType::copied:
      return apply_copied(checked_record_of<wire::CopiedRecord>(view));
  }
}

void Tail::apply_message(Lsn lsn, const wire::MessageRecord& record) {
  Mailbox& mailbox = mailboxes_[wire::Bytes(record.owner)];
  if (mailbox.messages.empty()) mailbox.first = record.mseq;
  TRUNKLINE_CHECK(record.mseq == mailbox.first + mailbox.messages.size(),
                  "numbers of a mailbox rise by one in its log (I4)");
  mailbox.messages.push(lsn);
  if (record.source_log != 0) {
    Lsn& position = sources_[record.source_log];
    position = std::max(position, record.source_lsn);
  }
  if (record.is_own_copy()) return;
  remembered_[pair_key(record.owner, record.message.from, record.message.device)].push(lsn);
  if (const wire::RankId target = copy_target(record, slots_, self_); target != wire::kNoRank) {
    copies_[target].push(lsn);
  }
}

void Tail::apply_cursor(Lsn lsn, const wire::CursorRecord& record) {
  Mailbox& mailbox = mailboxes_[wire::Bytes(record.owner)];
  std::erase_if(mailbox.cursors,
                [&](const CursorMark& mark) { return mark.cursor.device == record.device; });
  mailbox.cursors.push_back(
      {lsn, {wire::Bytes(record.device), record.mseq, record.seen_ms}, record.forgotten});
}

void Tail::apply_copied(const wire::CopiedRecord& record) {
  Lsn& position = copied_[record.target];
  position = std::max(position, record.position);
  const auto copies = copies_.find(record.target);
  if (copies != copies_.end()) copies->second.drop_up_to(position);
}

void Tail::drop_up_to(Lsn lsn) {
  for (Lsn at = log_.first(); at <= lsn; ++at) {
    const wire::RecordView view = checked_record(log_.at(at));
    if (view.type == wire::RecordType::message) {
      drop_message(at, checked_record_of<wire::MessageRecord>(view));
    } else if (view.type == wire::RecordType::cursor) {
      drop_cursor(at, checked_record_of<wire::CursorRecord>(view));
    }
  }
}

void Tail::drop_message(Lsn lsn, const wire::MessageRecord& record) {
  const wire::Bytes owner(record.owner);
  if (const auto at = mailboxes_.find(owner); at != mailboxes_.end()) {
    at->second.first += at->second.messages.drop_up_to(lsn);
    erase_if_empty(owner);
  }
  const auto pair =
      remembered_.find(pair_key(record.owner, record.message.from, record.message.device));
  if (pair != remembered_.end()) {
    pair->second.drop_up_to(lsn);
    if (pair->second.empty()) remembered_.erase(pair);
  }
  const auto copies = copies_.find(copy_target(record, slots_, self_));
  if (copies != copies_.end()) copies->second.drop_up_to(lsn);
}

void Tail::drop_cursor(Lsn lsn, const wire::CursorRecord& record) {
  const wire::Bytes owner(record.owner);
  const auto at = mailboxes_.find(owner);
  if (at == mailboxes_.end()) return;
  std::erase_if(at->second.cursors, [&](const CursorMark& mark) { return mark.lsn <= lsn; });
  erase_if_empty(owner);
}

void Tail::erase_if_empty(const wire::Bytes& owner) {
  const auto at = mailboxes_.find(owner);
  if (at->second.messages.empty() && at->second.cursors.empty()) mailboxes_.erase(at);
}

Tail::Range Tail::range(BytesView owner) const {
  const auto at = mailboxes_.find(wire::Bytes(owner));
  if (at == mailboxes_.end() || at->second.messages.empty()) return {1, 0};
  return {at->second.first, at->second.first + at->second.messages.size() - 1};
}

BytesView Tail::message(BytesView owner, Mseq mseq) const {
  const Mailbox& mailbox = mailboxes_.at(wire::Bytes(owner));
  return log_.at(mailbox.messages[mseq - mailbox.first]);
}

void Tail::lay_cursors_over(BytesView owner, MailboxMeta& meta) const {
  const auto at = mailboxes_.find(wire::Bytes(owner));
  if (at == mailboxes_.end()) return;
  for (const CursorMark& mark : at->second.cursors) {
    meta.apply({owner, mark.cursor.device, mark.cursor.mseq, mark.cursor.seen_ms, mark.forgotten});
  }
}

const LsnList* Tail::remembered(BytesView owner, BytesView sender, BytesView device) const {
  const auto at = remembered_.find(pair_key(owner, sender, device));
  return at == remembered_.end() ? nullptr : &at->second;
}

const LsnList* Tail::copies(wire::RankId target) const {
  const auto at = copies_.find(target);
  return at == copies_.end() ? nullptr : &at->second;
}

void Tail::start_positions(std::map<wire::RankId, Lsn> copied, std::map<wire::LogId, Lsn> sources) {
  copied_ = std::move(copied);
  sources_ = std::move(sources);
}

}  // namespace trunkline::persistence
