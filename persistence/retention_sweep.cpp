#include "persistence/retention_sweep.h"

namespace trunkline::persistence {

using wire::Bytes;
using wire::BytesView;

namespace {

constexpr std::size_t kMailboxesInSlice = 256;
constexpr std::size_t kPairsInSlice = 256;
constexpr std::size_t kErasedInSlice = 1'024;
constexpr std::uint64_t kLastNumber = ~std::uint64_t{0};

// A key behind every key that begins with `prefix` and a number.
Bytes end_of(const Bytes& prefix) {
  return prefix + Bytes(sizeof(kLastNumber) + 1, '\xff');
}

}  // namespace

std::size_t RetentionSweep::room() const {
  return room_to_fill(tables_, kErasedInSlice / 2, 0);
}

RetentionSweep::Slice RetentionSweep::slice(std::int64_t wall_ms,
                                            std::vector<wire::MailboxTrimmed>& trimmed) {
  const Bytes began = next_;
  std::vector<wire::MailboxTrimmed> moved;
  WriteTransaction transaction(tables_.environment);
  const bool table_done = mailboxes_done_ ? sweep_remembered(transaction, wall_ms)
                                          : sweep_mailboxes(transaction, wall_ms, moved);
  if (!transaction.commit()) {
    next_ = began;
    return Slice::no_room;
  }
  trimmed.insert(trimmed.end(), moved.begin(), moved.end());
  if (!table_done) return Slice::more;
  next_.clear();
  mailboxes_done_ = !mailboxes_done_;
  return mailboxes_done_ ? Slice::more : Slice::done;
}

bool RetentionSweep::sweep_mailboxes(WriteTransaction& transaction, std::int64_t wall_ms,
                                     std::vector<wire::MailboxTrimmed>& trimmed) {
  std::size_t left = kErasedInSlice;
  Cursor cursor(transaction, tables_.mailboxes);
  bool at = next_.empty() ? cursor.first() : cursor.at_or_after(next_);
  for (std::size_t seen = 0; at && seen < kMailboxesInSlice && left > 0; ++seen) {
    next_ = Bytes(cursor.key());
    const Bytes owner = next_.substr(1);
    MailboxMeta meta = meta_of(transaction, tables_, owner);
    const std::size_t count =
        trim_mailbox(transaction, tables_, owner, meta, limits_, wall_ms, left);
    left -= count;
    if (count > 0) {
      cursor.put(next_, sealed_meta(meta));
      trimmed.push_back({owner, meta.first});
    }
    if (left == 0) return false;  // the same mailbox again
    at = cursor.next();
  }
  if (at) next_ = Bytes(cursor.key());
  return !at;
}

bool RetentionSweep::sweep_remembered(WriteTransaction& transaction, std::int64_t wall_ms) {
  std::size_t left = kErasedInSlice;
  for (std::size_t seen = 0; seen < kPairsInSlice; ++seen) {
    Bytes pair;
    {
      Cursor cursor(transaction, tables_.remembered);
      if (!(next_.empty() ? cursor.first() : cursor.at_or_after(next_))) return true;
      pair = Bytes(without_number(cursor.key()));
    }
    left -= sweep_pair(transaction, pair, wall_ms, left);
    next_ = pair;
    if (left == 0) return false;  // the same pair again
    next_ = end_of(pair);
  }
  return false;
}

std::size_t RetentionSweep::sweep_pair(WriteTransaction& transaction, const Bytes& pair,
                                       std::int64_t wall_ms, std::size_t count_max) {
  Cursor cursor(transaction, tables_.remembered);
  if (!cursor.before(end_of(pair))) return 0;
  const auto newest = unsealed<RememberedValue>(cursor.value());
  const bool all =
      wall_ms != kNoWallTime && newest && newest->time_ms + wire::kRememberedIdsKeptMs < wall_ms;
  std::size_t count = 0;
  // From the newest back: the first ones met stay, unless all go.
  std::size_t stays = all ? 0 : wire::kRememberedIdsMax;
  bool at = true;
  for (; at && stays > 0 && without_number(cursor.key()) == pair; --stays) at = cursor.previous();
  while (at && count < count_max && without_number(cursor.key()) == pair) {
    const Bytes key(cursor.key());
    cursor.erase();
    ++count;
    at = cursor.before(key);
  }
  return count;
}

}  // namespace trunkline::persistence
