// What the router asks of a store, and what a store answers: the agreement between routing/ (which
// emits requests and steps on answers) and persistence/ (which serves them). Both see only this.
//
// Order: operations are applied in the order given. `op` numbers rise by one from 1 in each life of
// a process; Durable{op} answers for all up to it. After Taken back, every operation with the old
// `generation` is void, whatever queue it lay in; the router goes on with the new generation, and
// op numbers go on rising.
#pragma once

#include <variant>
#include <vector>

#include "wire/record.h"

namespace trunkline::wire {

using Op = std::uint64_t;

// ---- requests

// Append one record to the log. The store gives lsn in the order of appending.
struct AppendRecord {
  Bytes record;  // encoded_record(...)
};
// Put or replace an account in `state`.
struct PutAccount {
  Bytes account;  // encoded_account(...)
};
struct StoreOp {
  Op op = 0;
  std::uint32_t generation = 0;
  // In the same commit as the operation before it, whatever the bounds of a commit: a message whose
  // sender's copy lies in the same log.
  bool with_previous = false;
  std::variant<AppendRecord, PutAccount> what;
  // Nobody waits for it: it need not have a commit of its own. It waits for company, at most for
  // kCommitPatienceUs.
  bool patient = false;
};

// Reads. Each is answered by one Loaded with the same ticket, at once or in a later turn, in any
// order. They see what is committed (Durable was answered), never what is queued.
using Ticket = std::uint64_t;

// All about one user but its messages.
struct LoadMailbox {
  Bytes owner;
};
// Committed messages of a mailbox with after < mseq, rising; at most `records_max` and, beyond the
// first, `bytes_max`.
struct LoadMessages {
  Bytes owner;
  Mseq after = 0;
  std::size_t records_max = 0;
  std::size_t bytes_max = 0;
};
// A page of history: the newest `limit` messages with mseq < before (and, if set, exchanged with
// `with`), at most `bytes_max`, in rising order.
struct LoadHistory {
  Bytes owner;
  Bytes with;
  Mseq before = kNoMseq;
  std::size_t limit = 0;
  std::size_t bytes_max = 0;
};
// The last kRememberedIdsMax messages of one sender's device to `owner`.
struct LoadRemembered {
  Bytes owner, sender, device;
};
// Committed messages of this log whose copy is for rank `target`, with lsn > after, rising.
struct LoadCopies {
  RankId target = kNoRank;
  Lsn after = 0;
  std::size_t bytes_max = 0;
};
// The account alone: what is read is the same whether there is such a user or not.
struct LoadAccount {
  Bytes owner;
};
// All accounts of this rank, for `admin list`. In the order of their names, after `after`.
struct LoadAccounts {
  Bytes after;
  std::size_t limit = 0;
};
struct Load {
  Ticket ticket = 0;
  std::variant<LoadMailbox, LoadMessages, LoadHistory, LoadRemembered, LoadCopies, LoadAccount,
               LoadAccounts>
      what;
};

// ---- answers

struct DeviceCursor {
  Bytes device;
  Mseq mseq = 0;
  std::int64_t seen_ms = 0;
};
struct MailboxLoaded {
  Bytes account;                // encoded; empty: no such user
  Mseq head = 0;                // last committed; 0: none
  Mseq first = 1;               // first that retention has left
  std::int64_t time_ms = 0;     // of the head
  std::uint64_t count_sum = 0;  // of the head (MessageRecord)
  std::uint64_t bytes_sum = 0;
  std::vector<DeviceCursor> cursors;      // of known devices, in no order
  std::uint64_t count_sum_at_cursor = 0;  // of the record at the highest cursor (0: none)
  std::uint64_t bytes_sum_at_cursor = 0;
};
struct MessagesLoaded {
  std::vector<Bytes> records;  // encoded MessageRecords
  Mseq first = 1;  // first that retention has left: after < first - 1 means that some were skipped
};
struct HistoryLoaded {
  std::vector<Bytes> records;
  bool complete = false;  // nothing older remains
};
struct Remembered {
  Print print = 0;
  Sepoch sepoch = 0;
  Mseq mseq = 0;
};
struct RememberedLoaded {
  std::vector<Remembered> entries;  // oldest first
};
struct CopiesLoaded {
  std::vector<Bytes>
      records;            // encoded MessageRecords, owner = the receiver, as they stand in the log
  std::vector<Lsn> lsns;  // of each
  bool more = false;      // committed ones remain beyond bytes_max
};
struct AccountLoaded {
  Bytes account;  // encoded; empty: no such user
};
struct AccountsLoaded {
  std::vector<Bytes> accounts;
  bool more = false;
};
struct Loaded {
  Ticket ticket = 0;
  std::variant<MailboxLoaded, MessagesLoaded, HistoryLoaded, RememberedLoaded, CopiesLoaded,
               AccountLoaded, AccountsLoaded>
      what;
};

// All operations up to `op` are durable: the commit returned. `last_lsn`: of the log, after it.
struct Durable {
  Op op = 0;
  Lsn last_lsn = 0;
};
// No room, found before the commit (protocol rule 20): nothing after the last Durable was written
// and nothing of an older generation will be. Go on with `generation`.
struct TakenBack {
  std::uint32_t generation = 0;
};
// Retention moved: the first message that is left in a mailbox.
struct MailboxTrimmed {
  Bytes owner;
  Mseq first = 1;
};
// Room enough again / no longer: told when it changes.
struct RoomChanged {
  bool full = false;
};
using StoreEvent = std::variant<Durable, TakenBack, Loaded, MailboxTrimmed, RoomChanged>;

// What a store knows of itself when it has been opened: folds of the log that the router starts
// from.
struct StoreOpened {
  LogId log = 0;
  Epoch epoch = 0;  // highest that served this data; the job takes max over all ranks, plus one
  Storage storage = Storage::disk;
  PrintKey print_key{};                    // made with the data directory
  std::array<unsigned char, 32> pepper{};  // for the salt of unknown users; the same on all ranks
  Lsn last_lsn = 0;
  struct CopySource {  // where copies from another rank's log stand here
    LogId log = 0;
    Lsn position = 0;
  };
  std::vector<CopySource> copy_sources;
  struct CopyTarget {  // where our copies stand at another rank
    RankId target = kNoRank;
    Lsn position = 0;
  };
  std::vector<CopyTarget> copy_targets;
};

}  // namespace trunkline::wire
