#include "persistence/dump_reader.h"

#include <sodium.h>

#include <algorithm>

#include "persistence/dump_order.h"
#include "wire/check.h"
#include "wire/crc32c.h"
#include "wire/placement.h"

namespace trunkline::persistence {

using wire::Bytes;
using wire::BytesView;

namespace {

// True: `value` is all that `bytes` hold.
template <class Value>
bool reads_whole(BytesView bytes, Value& value) {
  wire::Reader reader(bytes);
  Value::fields(reader, value);
  return reader.ok() && reader.value_ok() && reader.left() == 0;
}

bool decode(DumpAccount& item) {
  const auto decoded = wire::decode_account(item.account);
  if (decoded) item.decoded = *decoded;
  return decoded.has_value();
}

bool decode(DumpMessage& item) {
  const auto view = wire::decode_record(item.record);
  if (!view || view->whole.size() != item.record.size()) return false;
  const auto decoded = wire::record_of<wire::MessageRecord>(*view);
  if (decoded) item.decoded = *decoded;
  return decoded.has_value();
}

template <class Item>
bool decode(Item&) {
  return true;
}

}  // namespace

class DumpReader::Parts {
 public:
  explicit Parts(Take take) : take_(std::move(take)) {
    crypto_generichash_init(&hash_, nullptr, 0, std::tuple_size_v<DumpDigest>);
  }

  std::optional<DumpProblem> feed(BytesView bytes) {
    if (problem_) return problem_;
    buffer_.append(bytes);
    std::size_t at = 0;
    for (std::size_t size = 1; size > 0 && !problem_; at += size) {
      size = step(BytesView(buffer_).substr(at));
      offset_ += size;
    }
    buffer_.erase(0, at);
    return problem_;
  }
  std::optional<DumpProblem> finish() const {
    if (problem_ || ended_) return problem_;
    return DumpProblem{DumpFault::truncated, offset_};
  }

  DumpCounts counts;
  DumpDigest digest{};

 private:
  // Takes the preamble or one chunk off the front. Returns its size; 0: more bytes are needed, or
  // there is a problem.
  std::size_t step(BytesView bytes) {
    if (bytes.empty()) return 0;
    if (offset_ == 0) return preamble(bytes);
    return ended_ ? fail(DumpFault::more_behind) : chunk(bytes);
  }
  std::size_t preamble(BytesView bytes);
  std::size_t chunk(BytesView bytes);
  bool take_chunk(DumpChunk kind, BytesView payload);
  bool take_items(BytesView payload);
  template <class Item>
  bool take_item(wire::Reader& reader);
  bool take_end(BytesView payload);

  std::size_t fail(DumpFault fault) {
    problem_ = DumpProblem{fault, offset_};
    return 0;
  }

  const Take take_;
  Bytes buffer_;
  std::uint64_t offset_ = 0;  // of the buffer's first byte that was not taken
  std::uint64_t next_chunk_ = 0;
  bool ended_ = false;
  DumpOrder order_;
  crypto_generichash_state hash_;
  std::optional<DumpProblem> problem_;
};

std::size_t DumpReader::Parts::preamble(BytesView bytes) {
  const std::size_t known = std::min(bytes.size(), kDumpMagic.size());
  if (bytes.substr(0, known) != kDumpMagic.substr(0, known)) return fail(DumpFault::not_a_dump);
  if (bytes.size() < kDumpPreambleBytes) return 0;
  const BytesView whole = bytes.substr(0, kDumpPreambleBytes);
  const auto checksum = wire::load_le<std::uint32_t>(whole.data() + kDumpPreambleBytes - 4);
  if (checksum != wire::crc32c(whole.substr(0, kDumpPreambleBytes - 4))) {
    return fail(DumpFault::bad_checksum);
  }
  const auto version = wire::load_le<std::uint32_t>(whole.data() + kDumpMagic.size());
  if (version != kDumpVersion) return fail(DumpFault::newer_version);
  return kDumpPreambleBytes;
}

std::size_t DumpReader::Parts::chunk(BytesView bytes) {
  if (bytes.size() < kDumpChunkHeaderBytes) return 0;
  const std::size_t length = wire::load_le<std::uint32_t>(bytes.data());
  if (length > kDumpChunkBytesMax) return fail(DumpFault::bad_length);
  const std::size_t size = kDumpChunkHeaderBytes + length;
  if (bytes.size() < size) return 0;
  const BytesView whole = bytes.substr(0, size);
  if (wire::load_le<std::uint32_t>(whole.data() + 4) != wire::crc32c(whole.substr(8))) {
    return fail(DumpFault::bad_checksum);
  }
  const auto kind = static_cast<DumpChunk>(whole[16]);
  const bool is_first = next_chunk_ == 0;
  if (wire::load_le<std::uint64_t>(whole.data() + 8) != next_chunk_ || kind < DumpChunk::header ||
      kind > DumpChunk::end || is_first != (kind == DumpChunk::header) ||
      whole.substr(17, 7).find_first_not_of('\0') != BytesView::npos) {
    return fail(DumpFault::bad_chunk);
  }
  ++next_chunk_;
  return take_chunk(kind, whole.substr(kDumpChunkHeaderBytes)) ? size : 0;
}

bool DumpReader::Parts::take_chunk(DumpChunk kind, BytesView payload) {
  if (kind == DumpChunk::items) return take_items(payload);
  if (kind == DumpChunk::end) return take_end(payload);
  DumpHeader header;
  if (!reads_whole(payload, header) || header.ranks < 1 || header.ranks > wire::kRanksMax) {
    fail(DumpFault::bad_item);
    return false;
  }
  take_(header);
  return true;
}

bool DumpReader::Parts::take_items(BytesView payload) {
  crypto_generichash_update(&hash_, reinterpret_cast<const unsigned char*>(payload.data()),
                            payload.size());
  wire::Reader reader(payload);
  bool good = true;
  while (good && reader.left() > 0) {
    std::uint8_t kind = 0;
    reader.number(kind);
    switch (static_cast<DumpKind>(kind)) {
      case DumpKind::account:
        good = take_item<DumpAccount>(reader);
        break;
      case DumpKind::mailbox:
        good = take_item<DumpMailbox>(reader);
        break;
      case DumpKind::cursor:
        good = take_item<DumpCursor>(reader);
        break;
      case DumpKind::message:
        good = take_item<DumpMessage>(reader);
        break;
      case DumpKind::remembered:
        good = take_item<DumpRemembered>(reader);
        break;
      default:
        fail(DumpFault::bad_item);
        return false;
    }
  }
  return good;
}

template <class Item>
bool DumpReader::Parts::take_item(wire::Reader& reader) {
  Item item;
  Item::fields(reader, item);
  std::optional<DumpFault> fault;
  if (!reader.ok() || !reader.value_ok() || !decode(item)) {
    fault = DumpFault::bad_item;
  } else {
    fault = order_.next(item);
  }
  if (fault) {
    fail(*fault);
    return false;
  }
  count(counts, item);
  take_(item);
  return true;
}

bool DumpReader::Parts::take_end(BytesView payload) {
  DumpEnd end;
  crypto_generichash_final(&hash_, digest.data(), digest.size());
  if (!reads_whole(payload, end) || end.counts != counts || end.digest != digest) {
    fail(DumpFault::bad_counts);
    return false;
  }
  ended_ = true;
  return true;
}

DumpReader::DumpReader(Take take) : parts_(std::make_unique<Parts>(std::move(take))) {}
DumpReader::~DumpReader() = default;

std::optional<DumpProblem> DumpReader::feed(BytesView bytes) {
  return parts_->feed(bytes);
}

std::optional<DumpProblem> DumpReader::finish() const {
  return parts_->finish();
}

const DumpCounts& DumpReader::counts() const {
  return parts_->counts;
}

const DumpDigest& DumpReader::digest() const {
  TRUNKLINE_CHECK(!parts_->finish(), "the digest of a file is known at its end");
  return parts_->digest;
}

std::optional<DumpProblem> read_dump(BytesView file, const DumpReader::Take& take) {
  DumpReader reader(take);
  const auto problem = reader.feed(file);
  return problem ? problem : reader.finish();
}

std::string to_string(const DumpProblem& problem) {
  const auto at = [&](const char* what) {
    return std::string(what) + " (found at byte " + std::to_string(problem.offset) + ")";
  };
  switch (problem.fault) {
    case DumpFault::not_a_dump:
      return "this is not a dump of Trunkline; give the file that `trunkline admin dump` wrote";
    case DumpFault::newer_version:
      return "it is of another version of the dump format; read it with the version of Trunkline "
             "that wrote it";
    case DumpFault::truncated:
      return at("it is cut off, its end is missing; copy it again from where it was made");
    case DumpFault::bad_length:
    case DumpFault::bad_checksum:
      return at("it was changed, a checksum does not hold; copy it again from where it was made");
    case DumpFault::bad_chunk:
      return at(
          "a part of it is missing, doubled or unknown; copy it again from where it was made");
    case DumpFault::bad_item:
    case DumpFault::bad_order:
      return at("it holds what no dump holds, though its checksums are right; make it anew");
    case DumpFault::bad_counts:
      return at("its end counts something else than what it holds; copy it again, or make it anew");
    case DumpFault::more_behind:
      return at("bytes follow its end; copy it again from where it was made");
  }
  return "unknown";
}

}  // namespace trunkline::persistence
