#include "persistence/dump_writer.h"

#include <sodium.h>

#include <stdexcept>

#include "wire/crc32c.h"

namespace trunkline::persistence {

using wire::Bytes;
using wire::BytesView;

namespace {

std::string name_of(const DumpAccount& item) {
  return "account " + Bytes(item.decoded.user);
}
std::string name_of(const DumpMailbox& item) {
  return "mailbox of " + Bytes(item.owner);
}
std::string name_of(const DumpCursor& item) {
  return "cursor of device " + Bytes(item.device);
}
std::string name_of(const DumpMessage& item) {
  return "message " + std::to_string(item.decoded.mseq) + " of " + Bytes(item.decoded.owner);
}
std::string name_of(const DumpRemembered& item) {
  return "remembered id of message " + std::to_string(item.mseq) + " from " + Bytes(item.sender);
}

}  // namespace

class DumpWriter::Parts {
 public:
  Parts(const DumpHeader& header, Put put_bytes) : put(std::move(put_bytes)) {
    crypto_generichash_init(&hash, nullptr, 0, std::tuple_size_v<DumpDigest>);
    Bytes preamble(kDumpMagic);
    wire::Writer writer(preamble);
    writer.number(kDumpVersion);
    writer.number(wire::crc32c(preamble));
    put(preamble);
    put_alone(DumpChunk::header, header);
  }

  template <class Item>
  void add(const Item& item) {
    if (order.next(item)) {
      throw std::runtime_error("the data holds what no rank writes (" + name_of(item) +
                               "): it is damaged; restore it from a copy");
    }
    count(counts, item);
    wire::Writer writer(chunk);
    writer.number(static_cast<std::uint8_t>(Item::kKind));
    Item::fields(writer, item);
    if (chunk.size() - kDumpChunkHeaderBytes >= kDumpChunkBytes) close_items();
  }

  void close_items() {
    const BytesView payload = BytesView(chunk).substr(kDumpChunkHeaderBytes);
    if (payload.empty()) return;
    crypto_generichash_update(&hash, reinterpret_cast<const unsigned char*>(payload.data()),
                              payload.size());
    close(DumpChunk::items);
  }

  template <class Payload>
  void put_alone(DumpChunk kind, const Payload& payload) {
    wire::Writer writer(chunk);
    Payload::fields(writer, payload);
    close(kind);
  }

  void close(DumpChunk kind) {
    wire::store_le(chunk.data(), static_cast<std::uint32_t>(chunk.size() - kDumpChunkHeaderBytes));
    wire::store_le(chunk.data() + 8, chunks++);
    chunk[16] = static_cast<char>(kind);
    wire::store_le(chunk.data() + 4, wire::crc32c(BytesView(chunk).substr(8)));
    put(chunk);
    chunk.assign(kDumpChunkHeaderBytes, '\0');
  }

  const Put put;
  Bytes chunk = Bytes(kDumpChunkHeaderBytes, '\0');
  std::uint64_t chunks = 0;
  DumpOrder order;
  DumpCounts counts;
  DumpDigest digest{};
  crypto_generichash_state hash;
};

DumpWriter::DumpWriter(const DumpHeader& header, Put put)
    : parts_(std::make_unique<Parts>(header, std::move(put))) {}
DumpWriter::~DumpWriter() = default;

void DumpWriter::add(const DumpAccount& item) {
  parts_->add(item);
}

void DumpWriter::add(const DumpMailbox& item) {
  parts_->add(item);
}

void DumpWriter::add(const DumpCursor& item) {
  parts_->add(item);
}

void DumpWriter::add(const DumpMessage& item) {
  parts_->add(item);
}

void DumpWriter::add(const DumpRemembered& item) {
  parts_->add(item);
}

void DumpWriter::finish() {
  parts_->close_items();
  crypto_generichash_final(&parts_->hash, parts_->digest.data(), parts_->digest.size());
  parts_->put_alone(DumpChunk::end, DumpEnd{parts_->counts, parts_->digest});
}

const DumpCounts& DumpWriter::counts() const {
  return parts_->counts;
}

const DumpDigest& DumpWriter::digest() const {
  return parts_->digest;
}

}  // namespace trunkline::persistence
