// What a dump file holds, byte for byte: a whole cluster between two jobs, in one order that does
// not depend on its ranks (DUMP.md tells it in words). Never renumber, never reorder: a change of a
// layout is a new kDumpVersion. Nothing of it is taken from schema.h, even where both say the same:
// what lies in a store may change, and old dumps are read as before. Pure.
#pragma once

#include <array>
#include <variant>

#include "persistence/mailbox_meta.h"

namespace trunkline::persistence {

inline constexpr std::uint32_t kDumpVersion = 1;
// The file's first bytes: not text, and changed by whatever takes it for text.
inline constexpr std::string_view kDumpMagic{"\x89TLDUMP\n", 8};
// Preamble: magic, version, crc32c of both.
inline constexpr std::size_t kDumpPreambleBytes = 16;
// Chunk: 0 length of its payload, 4 crc32c of all behind, 8 number of the chunk (0, 1, 2 …),
// 16 kind, 17 zero, then the payload.
inline constexpr std::size_t kDumpChunkHeaderBytes = 24;
inline constexpr std::size_t kDumpChunkBytes = 256 * 1024;  // closed once it holds this much
inline constexpr std::size_t kDumpItemBytesMax = wire::kRecordBytesMax + 16;
inline constexpr std::size_t kDumpChunkBytesMax = kDumpChunkBytes + kDumpItemBytesMax;

enum class DumpChunk : std::uint8_t { header = 1, items = 2, end = 3 };

// The only payload of the first chunk.
struct DumpHeader {
  std::int64_t made_ms = 0;  // Unix time
  std::uint32_t ranks = 0;   // that the data lay on
  wire::Epoch epoch = 0;     // the highest that served it
  std::array<unsigned char, 32> pepper{};
  static void fields(auto& c, auto& s) {
    c.number(s.made_ms);
    c.number(s.ranks);
    c.number(s.epoch);
    for (auto& byte : s.pepper) c.number(byte);
  }
};

// ---- items: one byte of kind, then the fields. All accounts stand first, rising by the bytes of
// their names. Then mailboxes, rising by (length, bytes) of their owners, each followed by what is
// in it: cursors, rising by device; messages, rising by number; remembered ids, rising by (sender,
// device, number).

enum class DumpKind : std::uint8_t {
  account = 1,
  mailbox = 2,
  cursor = 3,
  message = 4,
  remembered = 5
};

struct DumpAccount {
  static constexpr DumpKind kKind = DumpKind::account;
  wire::BytesView account;  // wire::encoded_account, with its own checksum
  static void fields(auto& c, auto& s) { c.bytes(s.account); }

  wire::Account decoded{};  // the same; set by the reader
};

// What is known of a mailbox besides what follows. What it holds (records, bytes) is counted anew.
struct DumpMailbox {
  static constexpr DumpKind kKind = DumpKind::mailbox;
  wire::BytesView owner;
  MailboxMeta meta;
  static void fields(auto& c, auto& s) {
    c.name(s.owner);
    c.number(s.meta.head);
    c.number(s.meta.first);
    c.number(s.meta.head_time_ms);
    c.number(s.meta.head_sums.count);
    c.number(s.meta.head_sums.bytes);
    c.number(s.meta.trimmed_sums.count);
    c.number(s.meta.trimmed_sums.bytes);
    c.number(s.meta.first_time_ms);
  }
};

struct DumpCursor {
  static constexpr DumpKind kKind = DumpKind::cursor;
  wire::BytesView device;
  wire::Mseq mseq = 0;
  std::int64_t seen_ms = 0;
  static void fields(auto& c, auto& s) {
    c.name(s.device);
    c.number(s.mseq);
    c.number(s.seen_ms);
  }
};

struct DumpMessage {
  static constexpr DumpKind kKind = DumpKind::message;
  wire::BytesView record;  // wire::encoded_record of a MessageRecord, with its own checksum
  static void fields(auto& c, auto& s) { c.bytes(s.record); }

  wire::MessageRecord decoded{};  // the same; set by the reader
};

// An id that is remembered though its message is gone. Those of messages that are there are told by
// the messages.
struct DumpRemembered {
  static constexpr DumpKind kKind = DumpKind::remembered;
  wire::BytesView sender, device;
  wire::Mseq mseq = 0;
  wire::Print print = 0;
  wire::Sepoch sepoch = 0;
  std::int64_t time_ms = 0;
  static void fields(auto& c, auto& s) {
    c.name(s.sender);
    c.name(s.device);
    c.number(s.mseq);
    c.number(s.print);
    c.number(s.sepoch);
    c.number(s.time_ms);
  }
};

// What comes out of a file, in its order. Views live as long as the call that gives them.
using DumpItem =
    std::variant<DumpHeader, DumpAccount, DumpMailbox, DumpCursor, DumpMessage, DumpRemembered>;

struct DumpCounts {
  std::uint64_t accounts = 0, mailboxes = 0, cursors = 0, messages = 0, remembered = 0;
  friend bool operator==(const DumpCounts&, const DumpCounts&) = default;
};

// BLAKE2b (RFC 7693) over all items, one after the other: equal for equal content, whatever the
// ranks, the epoch and the time.
using DumpDigest = std::array<unsigned char, 32>;

// The only payload of the last chunk. Nothing follows it.
struct DumpEnd {
  DumpCounts counts;
  DumpDigest digest{};
  static void fields(auto& c, auto& s) {
    c.number(s.counts.accounts);
    c.number(s.counts.mailboxes);
    c.number(s.counts.cursors);
    c.number(s.counts.messages);
    c.number(s.counts.remembered);
    for (auto& byte : s.digest) c.number(byte);
  }
};

}  // namespace trunkline::persistence
