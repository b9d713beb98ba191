#include "wire/record.h"

#include <sodium.h>

#include "wire/crc32c.h"

namespace trunkline::wire {

Result<RecordView> decode_record(BytesView bytes) {
  if (bytes.size() < kRecordHeaderBytes) return DecodeError::too_short;
  const char* at = bytes.data();
  const std::size_t length = load_le<std::uint32_t>(at);
  if (length < kRecordHeaderBytes || length > kRecordBytesMax || length % 8 != 0) {
    return DecodeError::bad_length;
  }
  if (bytes.size() < length) return DecodeError::too_short;
  if (static_cast<std::uint8_t>(at[8]) != kRecordVersion) return DecodeError::bad_version;
  RecordView record;
  record.type = static_cast<RecordType>(at[9]);
  if (record.type < RecordType::message || record.type > RecordType::copied) {
    return DecodeError::bad_kind;
  }
  record.whole = bytes.substr(0, length);
  if (load_le<std::uint32_t>(at + 4) != crc32c(record.whole.substr(8))) {
    return DecodeError::bad_checksum;
  }
  for (std::size_t i = 10; i < kRecordHeaderBytes; ++i) {
    if (at[i] != 0) return DecodeError::bad_flags;
  }
  record.payload = record.whole.substr(kRecordHeaderBytes);
  return record;
}

Print print_of(const PrintKey& key, BytesView id, BytesView body) {
  crypto_generichash_state state;
  crypto_generichash_init(&state, key.data(), key.size(), crypto_generichash_BYTES_MIN);
  const auto id_size = static_cast<unsigned char>(id.size());
  crypto_generichash_update(&state, &id_size, 1);
  crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(id.data()), id.size());
  crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(body.data()),
                            body.size());
  char digest[crypto_generichash_BYTES_MIN];
  crypto_generichash_final(&state, reinterpret_cast<unsigned char*>(digest), sizeof digest);
  return load_le<Print>(digest);
}

Bytes encoded_account(const Account& account) {
  Bytes out(4, '\0');
  Writer writer(out);
  Account::fields(writer, account);
  store_le(out.data(), crc32c(BytesView(out).substr(4)));
  return out;
}

Result<Account> decode_account(BytesView bytes) {
  if (bytes.size() < 4) return DecodeError::too_short;
  if (load_le<std::uint32_t>(bytes.data()) != crc32c(bytes.substr(4))) {
    return DecodeError::bad_checksum;
  }
  Reader reader(bytes.substr(4));
  Account account;
  Account::fields(reader, account);
  if (!reader.ok() || reader.left() != 0) return DecodeError::bad_field;
  if (!reader.value_ok()) return DecodeError::bad_value;
  return account;
}

namespace detail {

std::size_t begin_record(Bytes& out) {
  const std::size_t start = out.size();
  out.append(kRecordHeaderBytes, '\0');
  return start;
}

void end_record(Bytes& out, std::size_t start, RecordType type) {
  out.append(padded_to_8(out.size() - start) - (out.size() - start), '\0');
  char* at = out.data() + start;
  store_le(at, static_cast<std::uint32_t>(out.size() - start));
  at[8] = static_cast<char>(kRecordVersion);
  at[9] = static_cast<char>(type);
  store_le(at + 4, crc32c(BytesView(out).substr(start + 8)));
}

}  // namespace detail
}  // namespace trunkline::wire
