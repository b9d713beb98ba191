#include "persistence/dump_order.h"

#include "persistence/schema.h"

namespace trunkline::persistence {

using wire::Bytes;
using wire::BytesView;

namespace {

// A name that is part of keys.
bool is_key_name(BytesView name) {
  return !name.empty() && name.size() <= wire::kNameBytesMax;
}

}  // namespace

std::optional<DumpFault> DumpOrder::follow(DumpKind kind, Bytes key) {
  if (owner_.empty() || kind < last_) return DumpFault::bad_order;
  if (kind == last_ && key <= last_key_) return DumpFault::bad_order;
  last_ = kind;
  last_key_ = std::move(key);
  return std::nullopt;
}

std::optional<DumpFault> DumpOrder::next(const DumpAccount& item) {
  if (!is_key_name(item.decoded.user)) return DumpFault::bad_item;
  if (!owner_.empty() || item.decoded.user <= last_account_) return DumpFault::bad_order;
  last_account_ = item.decoded.user;
  return std::nullopt;
}

std::optional<DumpFault> DumpOrder::next(const DumpMailbox& item) {
  const MailboxMeta& meta = item.meta;
  if (!is_key_name(item.owner) || meta.head > wire::kNumberMax || meta.first < 1 ||
      meta.first > meta.head + 1) {
    return DumpFault::bad_item;
  }
  Bytes key = owner_key(item.owner);
  if (key <= last_owner_) return DumpFault::bad_order;
  last_owner_ = std::move(key);
  owner_ = item.owner;
  head_ = meta.head;
  first_ = meta.first;
  last_ = DumpKind::mailbox;
  return std::nullopt;
}

std::optional<DumpFault> DumpOrder::next(const DumpCursor& item) {
  if (item.device.size() > wire::kNameBytesMax || item.mseq > wire::kNumberMax) {
    return DumpFault::bad_item;
  }
  return follow(DumpKind::cursor, Bytes(item.device));
}

std::optional<DumpFault> DumpOrder::next(const DumpMessage& item) {
  const wire::MessageRecord& record = item.decoded;
  if (record.mseq < first_ || record.mseq > head_ || !is_key_name(record.message.from) ||
      !is_key_name(record.message.to) || record.message.device.size() > wire::kNameBytesMax) {
    return DumpFault::bad_item;
  }
  if (record.owner != owner_) return DumpFault::bad_order;
  return follow(DumpKind::message, lsn_key(record.mseq));
}

std::optional<DumpFault> DumpOrder::next(const DumpRemembered& item) {
  if (!is_key_name(item.sender) || item.device.size() > wire::kNameBytesMax || item.mseq < 1 ||
      item.mseq > head_) {
    return DumpFault::bad_item;
  }
  return follow(DumpKind::remembered, remembered_key(owner_, item.sender, item.device, item.mseq));
}

}  // namespace trunkline::persistence
