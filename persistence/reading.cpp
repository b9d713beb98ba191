#include "persistence/reading.h"

namespace trunkline::persistence {

using wire::Bytes;
using wire::BytesView;
using wire::Lsn;
using wire::Mseq;

namespace {

// Takes records until a count or, beyond the first, a number of bytes is reached.
class Bounded {
 public:
  Bounded(std::vector<Bytes>& out, std::size_t records_max, std::size_t bytes_max)
      : out_(out), records_max_(records_max), bytes_max_(bytes_max) {}

  // False, and nothing taken: the bounds are reached.
  bool take(BytesView record) {
    if (full_ || out_.size() >= records_max_ ||
        (!out_.empty() && bytes_ + record.size() > bytes_max_)) {
      full_ = true;
      return false;
    }
    bytes_ += record.size();
    out_.emplace_back(record);
    return true;
  }
  bool full() const { return full_; }

 private:
  std::vector<Bytes>& out_;
  const std::size_t records_max_, bytes_max_;
  std::size_t bytes_ = 0;
  bool full_ = false;
};

Sums sums_of(const wire::MessageRecord& record) {
  return {record.count_sum, record.bytes_sum};
}

}  // namespace

wire::MailboxLoaded Reading::mailbox(const wire::LoadMailbox& load) const {
  MailboxMeta meta = archive_.mailbox(load.owner);
  tail_.lay_cursors_over(load.owner, meta);
  if (const Tail::Range range = tail_.range(load.owner); !range.empty()) {
    const wire::MessageRecord last = checked_message(tail_.message(load.owner, range.head));
    meta.head = range.head;
    meta.head_time_ms = last.time_ms;
    meta.head_sums = sums_of(last);
  }
  const Sums at_cursor = sums_at(load.owner, meta, std::min(meta.received(), meta.head));
  wire::MailboxLoaded loaded;
  loaded.head = meta.head;
  loaded.first = meta.first;
  loaded.time_ms = meta.head_time_ms;
  loaded.count_sum = meta.head_sums.count;
  loaded.bytes_sum = meta.head_sums.bytes;
  loaded.cursors = std::move(meta.cursors);
  loaded.count_sum_at_cursor = at_cursor.count;
  loaded.bytes_sum_at_cursor = at_cursor.bytes;
  return loaded;
}

Sums Reading::sums_at(const Bytes& owner, const MailboxMeta& meta, Mseq mseq) const {
  if (mseq == 0) return {};
  if (mseq == meta.head) return meta.head_sums;
  // Only own copies are trimmed beyond a cursor, and they add to no sum.
  if (mseq < meta.first) return meta.trimmed_sums;
  if (const Tail::Range range = tail_.range(owner); !range.empty() && mseq >= range.first) {
    return sums_of(checked_message(tail_.message(owner, mseq)));
  }
  Sums sums = meta.head_sums;
  archive_.messages(owner, mseq - 1, wire::kNoMseq, [&](Mseq, BytesView record) {
    sums = sums_of(checked_message(record));
    return false;
  });
  return sums;
}

wire::MessagesLoaded Reading::messages(const wire::LoadMessages& load) const {
  wire::MessagesLoaded loaded;
  const MailboxMeta meta = archive_.mailbox(load.owner);
  loaded.first = meta.first;
  const Tail::Range range = tail_.range(load.owner);
  Bounded bounded(loaded.records, load.records_max, load.bytes_max);
  Mseq next = std::max(load.after + 1, meta.first);
  // A gap is a damaged record: told as trimming is when it comes first, else left to the next load.
  const auto visit = [&](Mseq mseq, BytesView record) {
    if (mseq > next && !loaded.records.empty()) return false;
    if (mseq > next) loaded.first = mseq;
    next = mseq + 1;
    return bounded.take(record);
  };
  const Mseq before = range.empty() ? wire::kNoMseq : range.first;
  if (next < before) archive_.messages(load.owner, next - 1, before, visit);
  for (Mseq mseq = std::max(next, range.first); mseq <= range.head && !bounded.full(); ++mseq) {
    if (!visit(mseq, tail_.message(load.owner, mseq))) break;
  }
  const bool nothing_readable = loaded.records.empty() && !bounded.full() && next <= meta.head;
  if (nothing_readable) loaded.first = meta.head + 1;
  return loaded;
}

wire::HistoryLoaded Reading::history(const wire::LoadHistory& load) const {
  wire::HistoryLoaded loaded;
  loaded.complete = true;
  const MailboxMeta meta = archive_.mailbox(load.owner);
  Bounded bounded(loaded.records, load.limit, load.bytes_max);
  const auto visit = [&](Mseq, BytesView record) { return loaded.complete = bounded.take(record); };
  const Tail::Range range = tail_.range(load.owner);
  const Mseq end = std::min(load.before, range.head + 1);
  for (Mseq mseq = end; mseq > std::max(range.first, meta.first) && loaded.complete; --mseq) {
    const BytesView record = tail_.message(load.owner, mseq - 1);
    if (!load.with.empty() && peer_of(checked_message(record)) != load.with) continue;
    visit(mseq - 1, record);
  }
  if (loaded.complete) {
    const Mseq before = range.empty() ? load.before : std::min(load.before, range.first);
    archive_.history(load.owner, load.with, before, visit);
  }
  std::reverse(loaded.records.begin(), loaded.records.end());
  return loaded;
}

wire::RememberedLoaded Reading::remembered(const wire::LoadRemembered& load) const {
  wire::RememberedLoaded loaded;
  Mseq before = wire::kNoMseq;
  if (const LsnList* lsns = tail_.remembered(load.owner, load.sender, load.device)) {
    for (std::size_t left = lsns->size(); left > 0; --left) {
      if (loaded.entries.size() == wire::kRememberedIdsMax) break;
      const wire::MessageRecord record = checked_message(tail_.log().at((*lsns)[left - 1]));
      loaded.entries.push_back({record.print, record.sepoch, record.mseq});
      before = record.mseq;
    }
  }
  archive_.remembered(load.owner, load.sender, load.device, before,
                      wire::kRememberedIdsMax - loaded.entries.size(), loaded.entries);
  std::reverse(loaded.entries.begin(), loaded.entries.end());
  return loaded;
}

wire::CopiesLoaded Reading::copies(const wire::LoadCopies& load) const {
  wire::CopiesLoaded loaded;
  Bounded bounded(loaded.records, ~std::size_t{0}, load.bytes_max);
  const auto visit = [&](Lsn lsn, BytesView record) {
    if (!bounded.take(record)) return false;
    loaded.lsns.push_back(lsn);
    return true;
  };
  archive_.copies(load.target, load.after, tail_.log().first(), visit);
  if (const LsnList* lsns = tail_.copies(load.target)) {
    for (std::size_t at = lsns->count_up_to(load.after); at < lsns->size(); ++at) {
      if (!visit((*lsns)[at], tail_.log().at((*lsns)[at]))) break;
    }
  }
  loaded.more = bounded.full();
  return loaded;
}

}  // namespace trunkline::persistence
