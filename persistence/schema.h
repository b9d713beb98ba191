// What the three environments hold, byte for byte (README.md has the tables). Keys sort as bytes:
// names as one length byte and the name, numbers big-endian. Values are little-endian and sealed
// with a crc32c, since LMDB has no checksums; records carry their own. Never renumber, never
// reorder: a change of a layout is a new kSchemaVersion. Pure.
#pragma once

#include "persistence/mailbox_meta.h"
#include "wire/placement.h"

namespace trunkline::persistence {

inline constexpr std::uint32_t kSchemaVersion = 1;

// ---- values that are sealed: 4 bytes of crc32c over the rest, then fields

template <class Value>
wire::Bytes sealed(const Value& value);
// Nothing: the bytes are damaged.
template <class Value>
std::optional<Value> unsealed(wire::BytesView bytes);

// Whose data this is; made with the directory, the same for ever.
struct Identity {
  std::uint32_t schema = kSchemaVersion;
  wire::LogId log = 0;
  wire::RankId rank = 0;
  std::uint32_t ranks = 0;
  std::uint32_t slots = 0;  // fingerprint of the slot map
  wire::PrintKey print_key{};
  std::array<unsigned char, 32> pepper{};
  static void fields(auto& c, auto& s) {
    c.number(s.schema);
    c.number(s.log);
    c.number(s.rank);
    c.number(s.ranks);
    c.number(s.slots);
    for (auto& byte : s.print_key) c.number(byte);
    for (auto& byte : s.pepper) c.number(byte);
  }
};

// The print key of a cluster: made from its pepper, so that all ranks have the same one and a
// mailbox can move to another rank with the ids that it remembers. (Data that was made before this
// was so keeps the key in its identity.)
wire::PrintKey print_key_of(const std::array<unsigned char, 32>& pepper);

// One number by itself: the epoch, a position, the lsn up to which the archive is filled.
struct SealedNumber {
  std::uint64_t value = 0;
  static void fields(auto& c, auto& s) { c.number(s.value); }
};

struct RememberedValue {
  wire::Print print = 0;
  wire::Sepoch sepoch = 0;
  std::int64_t time_ms = 0;
  static void fields(auto& c, auto& s) {
    c.number(s.print);
    c.number(s.sepoch);
    c.number(s.time_ms);
  }
};

wire::Bytes sealed_meta(const MailboxMeta& meta);
std::optional<MailboxMeta> unsealed_meta(wire::BytesView bytes);

// ---- keys

inline constexpr const char* kIdentityKey = "identity";
inline constexpr const char* kEpochKey = "epoch";
inline constexpr const char* kLogKey = "log";          // log and archive: the log that they are of
inline constexpr const char* kAppliedKey = "applied";  // archive: filled up to this lsn

wire::Bytes lsn_key(wire::Lsn lsn);
wire::Lsn lsn_of_key(wire::BytesView key);  // of its last 8 bytes; 0: too short

wire::Bytes owner_key(wire::BytesView owner);
wire::Bytes message_key(wire::BytesView owner, wire::Mseq mseq);
wire::Bytes peer_key(wire::BytesView owner, wire::BytesView peer, wire::Mseq mseq);
wire::Bytes remembered_key(wire::BytesView owner, wire::BytesView sender, wire::BytesView device,
                           wire::Mseq mseq);
wire::Bytes copy_key(wire::RankId target, wire::Lsn lsn);
wire::RankId target_of_copy_key(wire::BytesView key);
wire::Bytes copied_key(wire::RankId target);  // positions: where our copies stand at a rank
wire::Bytes source_key(wire::LogId log);      // positions: where a log's copies stand here
inline constexpr char kCopiedKind = 'c';
inline constexpr char kSourceKind = 's';
// What a copied_key or source_key names.
std::uint64_t id_of_position_key(wire::BytesView key);

// What is before the number in a message, peer, remembered or copy key.
inline wire::BytesView without_number(wire::BytesView key) {
  return key.substr(0, key.size() - std::min(key.size(), sizeof(std::uint64_t)));
}

// ---- templates

namespace detail {
wire::Bytes seal(wire::Bytes with_room_for_checksum);
std::optional<wire::BytesView> unseal(wire::BytesView bytes);
}  // namespace detail

template <class Value>
wire::Bytes sealed(const Value& value) {
  wire::Bytes out(sizeof(std::uint32_t), '\0');
  wire::Writer writer(out);
  Value::fields(writer, value);
  return detail::seal(std::move(out));
}

template <class Value>
std::optional<Value> unsealed(wire::BytesView bytes) {
  const auto inside = detail::unseal(bytes);
  if (!inside) return std::nullopt;
  Value value;
  wire::Reader reader(*inside);
  Value::fields(reader, value);
  if (!reader.ok() || !reader.value_ok() || reader.left() != 0) return std::nullopt;
  return value;
}

}  // namespace trunkline::persistence
