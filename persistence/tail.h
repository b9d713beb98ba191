// The tail: committed records that the archive does not have yet, indexed by what loads ask for.
// Folded from the log by apply(), the same at opening as in service; what the archive has taken is
// dropped. MemoryStore is a tail without an archive.
//
// Threads: the store's owner alone. Views point into the RecordLog, which outlives the tail.
#pragma once

#include <map>
#include <unordered_map>

#include "persistence/mailbox_meta.h"
#include "persistence/record_log.h"
#include "wire/placement.h"

namespace trunkline::persistence {

// The other side of a message in its owner's mailbox.
wire::BytesView peer_of(const wire::MessageRecord& record);
// The rank that a copy of this record, which lies at rank `self`, is for. kNoRank: none; copies for
// users of `self` are written in the commit of their original.
wire::RankId copy_target(const wire::MessageRecord& record, const wire::SlotMap& slots,
                         wire::RankId self);
// The record at the front of `bytes`, which this process has checked before: damage is a broken
// invariant here.
wire::RecordView checked_record(wire::BytesView bytes);
template <class Record>
Record checked_record_of(const wire::RecordView& view) {
  const auto record = wire::record_of<Record>(view);
  TRUNKLINE_CHECK(record, "a record that was checked reads as its type says");
  return *record;
}
inline wire::MessageRecord checked_message(wire::BytesView bytes) {
  return checked_record_of<wire::MessageRecord>(checked_record(bytes));
}

class Tail {
 public:
  Tail(const RecordLog& log, const wire::SlotMap& slots, wire::RankId self);

  // Folds record `lsn` of the log. REQUIRES: lsn follows the last one applied.
  void apply(wire::Lsn lsn);
  // Forgets what the archive has. REQUIRES: the records are still in the log.
  void drop_up_to(wire::Lsn lsn);

  // ---- one mailbox. Numbers in the tail are without holes: [first, head], or none.
  struct Range {
    wire::Mseq first = 0;
    wire::Mseq head = 0;
    bool empty() const { return head < first; }
  };
  Range range(wire::BytesView owner) const;  // empty: first 1, head 0
  // REQUIRES: within range(owner).
  wire::BytesView message(wire::BytesView owner, wire::Mseq mseq) const;
  // Lays the cursor records of the tail over `meta`, which may have folded some of them already.
  void lay_cursors_over(wire::BytesView owner, MailboxMeta& meta) const;

  // ---- remembered ids: messages of one device to `owner`, or nullptr
  const LsnList* remembered(wire::BytesView owner, wire::BytesView sender,
                            wire::BytesView device) const;
  void forget_remembered() { remembered_.clear(); }

  // ---- copies
  // Messages in the tail whose copy is for `target` and not known to be there; nullptr: none.
  const LsnList* copies(wire::RankId target) const;
  // What the records folded so far said, those dropped included.
  const std::map<wire::RankId, wire::Lsn>& copied() const { return copied_; }
  const std::map<wire::LogId, wire::Lsn>& sources() const { return sources_; }
  void start_positions(std::map<wire::RankId, wire::Lsn> copied,
                       std::map<wire::LogId, wire::Lsn> sources);

  const RecordLog& log() const { return log_; }

 private:
  struct CursorMark {
    wire::Lsn lsn = 0;
    wire::DeviceCursor cursor;
    bool forgotten = false;
  };
  struct Mailbox {
    wire::Mseq first = 1;  // of messages[0]
    LsnList messages;
    std::vector<CursorMark> cursors;  // the last of each device
  };
  void apply_message(wire::Lsn lsn, const wire::MessageRecord& record);
  void apply_cursor(wire::Lsn lsn, const wire::CursorRecord& record);
  void apply_copied(const wire::CopiedRecord& record);
  void drop_message(wire::Lsn lsn, const wire::MessageRecord& record);
  void drop_cursor(wire::Lsn lsn, const wire::CursorRecord& record);
  void erase_if_empty(const wire::Bytes& owner);

  const RecordLog& log_;
  const wire::SlotMap& slots_;
  const wire::RankId self_;
  std::unordered_map<wire::Bytes, Mailbox> mailboxes_;
  std::unordered_map<wire::Bytes, LsnList> remembered_;  // by pair_key()
  std::map<wire::RankId, LsnList> copies_;
  std::map<wire::RankId, wire::Lsn> copied_;
  std::map<wire::LogId, wire::Lsn> sources_;
};

}  // namespace trunkline::persistence
