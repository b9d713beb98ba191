#include "persistence/archive_check.h"

#include <algorithm>
#include <utility>

#include "persistence/damage.h"
#include "persistence/schema.h"
#include "persistence/tail.h"

namespace trunkline::persistence {

using wire::Bytes;
using wire::BytesView;

namespace {

std::size_t hash_of(BytesView bytes) {
  return std::hash<BytesView>()(bytes);
}

// As it is said: without the length byte before it.
Bytes name_in(BytesView owner_key) {
  return Bytes(owner_key.substr(std::min<std::size_t>(1, owner_key.size())));
}

}  // namespace

void ArchiveCheck::expect(bool whole, const char* what) const {
  if (!whole) report_damage(path_, what);
}

void ArchiveCheck::see(BytesView table, BytesView key, BytesView value) {
  if (table == "messages") return see_message(key, value);
  if (table == "mailboxes") return see_mailbox(key, value);
  if (table == "peers") {
    peers_ -= hash_of(key);
  } else if (table == "remembered") {
    see_remembered(key, value);
  } else if (table == "positions") {
    expect(unsealed<SealedNumber>(value).has_value(), "the position of a copy stream");
  } else if (table == "copies") {
    expect(wire::decode_record(value).has_value(), "a record whose copy is to be sent");
  } else if ((key != kLogKey && key != kAppliedKey) || !unsealed<SealedNumber>(value)) {
    refuse_damaged(path_, "what the archive knows of itself");
  }
}

void ArchiveCheck::see_message(BytesView key, BytesView value) {
  const BytesView owner = without_number(key);
  ++mailboxes_[hash_of(owner)].seen;
  const auto view = wire::decode_record(value);
  const auto record = view ? wire::record_of<wire::MessageRecord>(*view)
                           : wire::Result<wire::MessageRecord>(view.error());
  if (record && key == message_key(record->owner, record->mseq)) {
    peers_ += hash_of(peer_key(record->owner, peer_of(*record), record->mseq));
    if (!record->is_own_copy()) {
      rememberable_.push_back(hash_of(remembered_key(record->owner, record->message.from,
                                                     record->message.device, record->mseq)));
    }
    return;
  }
  all_decoded_ = false;
  report_damage(path_, "message " + std::to_string(lsn_of_key(key)) + " of " + name_in(owner));
}

void ArchiveCheck::see_mailbox(BytesView key, BytesView value) {
  Mailbox& mailbox = mailboxes_[hash_of(key)];
  mailbox.known = true;
  const auto meta = unsealed_meta(value);
  mailbox.whole = meta.has_value();
  if (meta) mailbox.told = meta->records;
  if (meta) mailbox.first = meta->first;
  expect(mailbox.whole, "what is known of a mailbox");
}

// Its key has no checksum; but as long as the message is kept, it says the same.
void ArchiveCheck::see_remembered(BytesView key, BytesView value) {
  if (!std::exchange(sorted_, true)) std::sort(rememberable_.begin(), rememberable_.end());
  const BytesView owner = key.substr(0, key.empty() ? 0 : 1 + static_cast<unsigned char>(key[0]));
  const auto mailbox = mailboxes_.find(hash_of(owner));
  const bool has_owner = mailbox != mailboxes_.end();
  const bool message_kept = has_owner && mailbox->second.whole && all_decoded_ &&
                            lsn_of_key(key) >= mailbox->second.first;
  const bool agrees =
      !message_kept || std::binary_search(rememberable_.begin(), rememberable_.end(), hash_of(key));
  expect(has_owner && agrees && unsealed<RememberedValue>(value), "a remembered id");
}

void ArchiveCheck::finish() const {
  for (const auto& [owner, mailbox] : mailboxes_) {
    // Without its head, numbers would be given twice.
    if (!mailbox.known || (!mailbox.whole && mailbox.seen == 0)) {
      refuse_damaged(path_, "what is known of a mailbox");
    }
    expect(!mailbox.whole || mailbox.told == mailbox.seen, "a message of a mailbox");
  }
  expect(peers_ == 0 || !all_decoded_, "the index of conversations");
}

}  // namespace trunkline::persistence
