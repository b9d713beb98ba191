#include "persistence/schema.h"

#include <sodium.h>

#include "wire/crc32c.h"

namespace trunkline::persistence {

using wire::Bytes;
using wire::BytesView;

namespace {

void append_name(Bytes& key, BytesView name) {
  key.push_back(static_cast<char>(static_cast<unsigned char>(name.size())));
  key.append(name);
}

template <class Number>
void append_big_endian(Bytes& key, Number number) {
  for (int shift = 8 * (static_cast<int>(sizeof(Number)) - 1); shift >= 0; shift -= 8) {
    key.push_back(static_cast<char>(static_cast<unsigned char>(number >> shift)));
  }
}

std::uint64_t big_endian(BytesView bytes) {
  std::uint64_t number = 0;
  for (const char c : bytes) number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

struct CursorValue {
  BytesView device;
  wire::Mseq mseq = 0;
  std::int64_t seen_ms = 0;
  static void fields(auto& c, auto& s) {
    c.name(s.device);
    c.number(s.mseq);
    c.number(s.seen_ms);
  }
};

void meta_fields(auto& c, auto& s) {
  c.number(s.head);
  c.number(s.first);
  c.number(s.head_time_ms);
  c.number(s.head_sums.count);
  c.number(s.head_sums.bytes);
  c.number(s.trimmed_sums.count);
  c.number(s.trimmed_sums.bytes);
  c.number(s.first_time_ms);
  c.number(s.records);
  c.number(s.bytes);
}

}  // namespace

namespace detail {

Bytes seal(Bytes bytes) {
  wire::store_le(bytes.data(), wire::crc32c(BytesView(bytes).substr(sizeof(std::uint32_t))));
  return bytes;
}

std::optional<BytesView> unseal(BytesView bytes) {
  if (bytes.size() < sizeof(std::uint32_t)) return std::nullopt;
  const BytesView inside = bytes.substr(sizeof(std::uint32_t));
  if (wire::load_le<std::uint32_t>(bytes.data()) != wire::crc32c(inside)) return std::nullopt;
  return inside;
}

}  // namespace detail

wire::PrintKey print_key_of(const std::array<unsigned char, 32>& pepper) {
  constexpr BytesView kPurpose = "trunkline print key";
  wire::PrintKey key{};
  crypto_generichash(key.data(), key.size(),
                     reinterpret_cast<const unsigned char*>(kPurpose.data()), kPurpose.size(),
                     pepper.data(), pepper.size());
  return key;
}

Bytes sealed_meta(const MailboxMeta& meta) {
  Bytes out(sizeof(std::uint32_t), '\0');
  wire::Writer writer(out);
  meta_fields(writer, meta);
  for (const wire::DeviceCursor& cursor : meta.cursors) {
    const CursorValue value{cursor.device, cursor.mseq, cursor.seen_ms};
    CursorValue::fields(writer, value);
  }
  return detail::seal(std::move(out));
}

std::optional<MailboxMeta> unsealed_meta(BytesView bytes) {
  const auto inside = detail::unseal(bytes);
  if (!inside) return std::nullopt;
  MailboxMeta meta;
  wire::Reader reader(*inside);
  meta_fields(reader, meta);
  while (reader.ok() && reader.left() > 0) {
    CursorValue cursor;
    CursorValue::fields(reader, cursor);
    meta.cursors.push_back({Bytes(cursor.device), cursor.mseq, cursor.seen_ms});
  }
  if (!reader.ok()) return std::nullopt;
  return meta;
}

Bytes lsn_key(wire::Lsn lsn) {
  Bytes key;
  append_big_endian(key, lsn);
  return key;
}

wire::Lsn lsn_of_key(BytesView key) {
  if (key.size() < sizeof(wire::Lsn)) return 0;
  return big_endian(key.substr(key.size() - sizeof(wire::Lsn)));
}

Bytes owner_key(BytesView owner) {
  Bytes key;
  append_name(key, owner);
  return key;
}

Bytes message_key(BytesView owner, wire::Mseq mseq) {
  Bytes key = owner_key(owner);
  append_big_endian(key, mseq);
  return key;
}

Bytes peer_key(BytesView owner, BytesView peer, wire::Mseq mseq) {
  Bytes key = owner_key(owner);
  append_name(key, peer);
  append_big_endian(key, mseq);
  return key;
}

Bytes remembered_key(BytesView owner, BytesView sender, BytesView device, wire::Mseq mseq) {
  Bytes key = owner_key(owner);
  append_name(key, sender);
  append_name(key, device);
  append_big_endian(key, mseq);
  return key;
}

Bytes copy_key(wire::RankId target, wire::Lsn lsn) {
  Bytes key;
  append_big_endian(key, target);
  append_big_endian(key, lsn);
  return key;
}

wire::RankId target_of_copy_key(BytesView key) {
  return static_cast<wire::RankId>(big_endian(key.substr(0, sizeof(wire::RankId))));
}

Bytes copied_key(wire::RankId target) {
  Bytes key(1, kCopiedKind);
  append_big_endian(key, target);
  return key;
}

Bytes source_key(wire::LogId log) {
  Bytes key(1, kSourceKind);
  append_big_endian(key, log);
  return key;
}

std::uint64_t id_of_position_key(BytesView key) {
  return big_endian(key.substr(1));
}

}  // namespace trunkline::persistence
