// A dump file, as it is read to restore a cluster. How the bytes are cut makes no difference; what
// is given may be written again, and reads as the same content; a file that is whole is not whole
// any more when a byte is missing or one follows.
#include "persistence/dump_reader.h"
#include "persistence/dump_writer.h"
#include "tests/fuzz/mend.h"
#include "tests/fuzz/target.h"
#include "wire/crc32c.h"

namespace trunkline::fuzz {
namespace {

using namespace persistence;
using wire::load_le;
using wire::store_le;

// ---- a file whose checksums hold, from the outside inwards

template <class Item>
std::size_t size_of(BytesView bytes, Item& item) {
  wire::Reader reader(bytes);
  Item::fields(reader, item);
  return reader.ok() ? reader.position() : 0;
}

void put_back(Bytes& items, BytesView old, const Bytes& mended) {
  if (mended.empty() || old.size() != mended.size()) return;
  const auto at = static_cast<std::size_t>(old.data() - items.data());
  items.replace(at, mended.size(), mended);
}

template <class Item>
std::size_t skip(Bytes& items, std::size_t at) {
  Item item;
  const std::size_t size = size_of(BytesView(items).substr(at), item);
  if constexpr (requires { item.account; })
    put_back(items, item.account, mended_account(item.account));
  if constexpr (requires { item.record; }) put_back(items, item.record, mended_record(item.record));
  return size;
}

std::size_t mend_item(Bytes& items, std::size_t at, DumpKind kind) {
  switch (kind) {
    case DumpKind::account:
      return skip<DumpAccount>(items, at);
    case DumpKind::mailbox:
      return skip<DumpMailbox>(items, at);
    case DumpKind::cursor:
      return skip<DumpCursor>(items, at);
    case DumpKind::message:
      return skip<DumpMessage>(items, at);
    case DumpKind::remembered:
      return skip<DumpRemembered>(items, at);
  }
  return 0;
}

Bytes mended_items(BytesView bytes) {
  Bytes items(bytes);
  for (std::size_t at = 0; at < items.size();) {
    const std::size_t size = mend_item(items, at + 1, static_cast<DumpKind>(items[at]));
    if (size == 0) break;
    at += 1 + size;
  }
  return items;
}

Bytes mended_chunk(BytesView payload, std::uint64_t number, char kind) {
  Bytes chunk(kDumpChunkHeaderBytes, '\0');
  chunk += kind == static_cast<char>(DumpChunk::items) ? mended_items(payload) : Bytes(payload);
  store_le(chunk.data(), static_cast<std::uint32_t>(payload.size()));
  store_le(chunk.data() + 8, number);
  chunk[16] = kind;
  store_le(chunk.data() + 4, wire::crc32c(BytesView(chunk).substr(8)));
  return chunk;
}

Bytes mended(BytesView bytes) {
  if (bytes.size() < kDumpPreambleBytes) return {};
  Bytes file(kDumpMagic);
  file.resize(kDumpPreambleBytes);
  store_le(file.data() + kDumpMagic.size(), kDumpVersion);
  store_le(file.data() + kDumpPreambleBytes - 4,
           wire::crc32c(BytesView(file).substr(0, kDumpPreambleBytes - 4)));
  bytes.remove_prefix(kDumpPreambleBytes);
  for (std::uint64_t number = 0; bytes.size() >= kDumpChunkHeaderBytes; ++number) {
    const std::size_t said = load_le<std::uint32_t>(bytes.data());
    const char kind = bytes[16];
    bytes.remove_prefix(kDumpChunkHeaderBytes);
    const BytesView payload = bytes.substr(0, said);
    file += mended_chunk(payload, number, kind);
    bytes.remove_prefix(payload.size());
  }
  return file.append(bytes);
}

// ---- what must hold

struct Read {
  std::optional<DumpProblem> problem;
  DumpCounts counts;
};

Read read_in_pieces(BytesView file, std::size_t piece) {
  DumpReader reader([](const DumpItem&) {});
  Read read;
  for (std::size_t at = 0; at < file.size() && !read.problem; at += piece) {
    read.problem = reader.feed(file.substr(at, piece));
  }
  if (!read.problem) read.problem = reader.finish();
  read.counts = reader.counts();
  return read;
}

// Every item that the reader gives, written again.
class Copy {
 public:
  void take(const DumpItem& item) {
    std::visit([this](const auto& one) { add(one); }, item);
  }
  void finish() {
    if (!writer_) return;
    writer_->finish();
    DumpReader reader([](const DumpItem&) {});
    TRUNKLINE_CHECK(!reader.feed(file_) && !reader.finish(), "what was written is read");
    TRUNKLINE_CHECK(reader.counts() == writer_->counts() && reader.digest() == writer_->digest(),
                    "it is read as the same");
    check_ends();
  }
  const std::optional<DumpWriter>& writer() const { return writer_; }

 private:
  void add(const DumpHeader& header) {
    writer_.emplace(header, [this](BytesView bytes) { file_.append(bytes); });
  }
  void add(const auto& item) { writer_->add(item); }
  void check_ends() {
    const std::size_t cut = std::hash<Bytes>{}(file_) % file_.size();
    const auto ignore = [](const DumpItem&) {};
    TRUNKLINE_CHECK(read_dump(BytesView(file_).substr(0, cut), ignore), "a cut is seen");
    TRUNKLINE_CHECK(read_dump(file_ + '\0', ignore), "a byte behind the end is seen");
  }

  Bytes file_;
  std::optional<DumpWriter> writer_;
};

void check_file(BytesView file, std::size_t piece) {
  Copy copy;
  DumpReader reader([&copy](const DumpItem& item) { copy.take(item); });
  auto problem = reader.feed(file);
  if (!problem) problem = reader.finish();
  const Read again = read_in_pieces(file, piece);
  TRUNKLINE_CHECK(problem.has_value() == again.problem.has_value(), "cuts make no difference");
  TRUNKLINE_CHECK(reader.counts() == again.counts, "cuts make no difference to what is read");
  if (problem) {
    TRUNKLINE_CHECK(
        problem->fault == again.problem->fault && problem->offset == again.problem->offset,
        "nor to what is wrong");
    TRUNKLINE_CHECK(problem->offset <= file.size(), "a problem lies in the file");
    TRUNKLINE_CHECK(to_string(*problem) != "unknown", "a problem has words");
  }
  copy.finish();
  if (!problem) {
    TRUNKLINE_CHECK(copy.writer()->digest() == reader.digest(), "the same content, one digest");
  }
}

}  // namespace

// How the bytes are cut (a byte), then the file.
void try_input(BytesView input) {
  const std::size_t piece = 1 + take_byte(input);
  check_file(input, piece);
  check_file(mended(input), piece);
}

}  // namespace trunkline::fuzz
