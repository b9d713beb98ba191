// Records: what one rank's log holds, and what crosses ranks in a COPY. The log is the truth;
// mailboxes, cursors, remembered ids and positions of copy streams are folds of it. Numbers are
// never renumbered; a change of a layout is a new record version.
#pragma once

#include <array>
#include <variant>

#include "wire/codec.h"

namespace trunkline::wire {

// Never renumber.
enum class RecordType : std::uint8_t { message = 1, cursor = 2, copied = 3 };

inline constexpr std::uint8_t kRecordVersion = 1;
// Offsets: 0 length (multiple of 8), 4 crc32c of [8, length), 8 version, 9 type, 10 zero.
inline constexpr std::size_t kRecordHeaderBytes = 16;
inline constexpr std::size_t kRecordBytesMax = kClusterFrameBytesMax;

// A message in its owner's mailbox: the receiver's, or as a copy the sender's own.
struct MessageRecord {
  static constexpr RecordType kType = RecordType::message;
  BytesView owner;
  Mseq mseq = 0;
  Sepoch sepoch = 0;         // of the session that sent it
  Print print = 0;           // print_of(id, body), by the cluster's key
  std::int64_t time_ms = 0;  // max(wall, time of the previous record in this mailbox)
  LogId source_log = 0;      // a copy: the log that it comes from; else 0
  Lsn source_lsn = 0;        // a copy: its place there, so that it is written once
  // Sums over this mailbox up to and including this record, of messages that are not the owner's
  // own: what the quota counts is the difference of two such sums.
  std::uint64_t count_sum = 0;
  std::uint64_t bytes_sum = 0;
  MessageView message;
  BytesView stamps;  // the trace of a lab message: stamp block or trace id; else empty
  bool is_own_copy() const { return message.from == owner && message.to != owner; }
  static void fields(auto& c, auto& s) {
    c.name(s.owner);
    c.number(s.mseq);
    c.number(s.sepoch);
    c.number(s.print);
    c.number(s.time_ms);
    c.number(s.source_log);
    c.number(s.source_lsn);
    c.number(s.count_sum);
    c.number(s.bytes_sum);
    wire::message(c, s.message);
    c.name(s.stamps);
  }
};

// A device's cursor. `forgotten`: the device is one too many and starts at 0 when it comes back.
struct CursorRecord {
  static constexpr RecordType kType = RecordType::cursor;
  BytesView owner, device;
  Mseq mseq = 0;
  std::int64_t seen_ms = 0;  // wall time; the device longest unseen is the one forgotten
  bool forgotten = false;
  static void fields(auto& c, auto& s) {
    c.name(s.owner);
    c.name(s.device);
    c.number(s.mseq);
    c.number(s.seen_ms);
    c.flag(s.forgotten);
  }
};

// Rank `target` has committed the copies of all records of this log up to `position`.
struct CopiedRecord {
  static constexpr RecordType kType = RecordType::copied;
  RankId target = kNoRank;
  Lsn position = 0;
  static void fields(auto& c, auto& s) {
    c.number(s.target);
    c.number(s.position);
  }
};

struct RecordView {
  RecordType type = RecordType::message;
  BytesView whole;
  BytesView payload;
};

template <class Record>
void append_record(Bytes& out, const Record& record);
template <class Record>
Bytes encoded_record(const Record& record) {
  Bytes out;
  append_record(out, record);
  return out;
}
// Reads the record at the front of `bytes`; more may follow. Same errors as decode().
Result<RecordView> decode_record(BytesView bytes);
template <class Record>
Result<Record> record_of(const RecordView& view);

// The first 8 bytes of BLAKE2b (RFC 7693), keyed, over (length of id, id, body). The same id with
// another body is a client that lost its counter, not a resend.
using PrintKey = std::array<unsigned char, 32>;
Print print_of(const PrintKey& key, BytesView id, BytesView body);

// An account as the `state` environment keeps it: a SCRAM-SHA-256 verifier and what it is worth.
struct Account {
  BytesView user;
  BytesView salt, stored_key, server_key;
  std::uint32_t iterations = 0;
  std::uint64_t auth_version = 1;
  bool enabled = true;
  BytesView mailbox;  // its creation number, as text; a change tells clients to start again
  static void fields(auto& c, auto& s) {
    c.name(s.user);
    c.name(s.salt);
    c.name(s.stored_key);
    c.name(s.server_key);
    c.number(s.iterations);
    c.number(s.auth_version);
    c.flag(s.enabled);
    c.name(s.mailbox);
  }
};
Bytes encoded_account(const Account& account);  // sealed with a checksum
Result<Account> decode_account(BytesView bytes);

// ---- templates

namespace detail {
std::size_t begin_record(Bytes& out);
void end_record(Bytes& out, std::size_t start, RecordType type);
}  // namespace detail

template <class Record>
void append_record(Bytes& out, const Record& record) {
  const std::size_t start = detail::begin_record(out);
  Writer writer(out);
  Record::fields(writer, record);
  detail::end_record(out, start, Record::kType);
}

template <class Record>
Result<Record> record_of(const RecordView& view) {
  if (view.type != Record::kType) return DecodeError::bad_kind;
  Record record;
  Reader reader(view.payload);
  Record::fields(reader, record);
  if (!reader.ok() || !detail::only_padding(reader.rest())) return DecodeError::bad_field;
  if (!reader.value_ok()) return DecodeError::bad_value;
  return record;
}

}  // namespace trunkline::wire
