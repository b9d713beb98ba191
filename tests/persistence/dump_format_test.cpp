// The bytes of a dump file: what is written is read, and whatever else arrives is refused.
#include <gmock/gmock.h>

#include "tests/persistence/dump_sample.h"
#include "wire/crc32c.h"

namespace trunkline::persistence {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using wire::Bytes;
using wire::BytesView;

// The chunks of a file, behind the preamble.
std::vector<Bytes> chunks_of(BytesView file) {
  std::vector<Bytes> chunks;
  for (file.remove_prefix(kDumpPreambleBytes); !file.empty();) {
    const std::size_t size = kDumpChunkHeaderBytes + wire::load_le<std::uint32_t>(file.data());
    chunks.emplace_back(file.substr(0, size));
    file.remove_prefix(size);
  }
  return chunks;
}

void reseal(Bytes& chunk) {
  wire::store_le(chunk.data() + 4, wire::crc32c(BytesView(chunk).substr(8)));
}

Bytes file_of(const std::vector<Bytes>& chunks) {
  Bytes file = a_dump().substr(0, kDumpPreambleBytes);
  for (const Bytes& chunk : chunks) file += chunk;
  return file;
}

DumpFault fault_of(BytesView file) {
  const ReadDump result = read(file);
  EXPECT_TRUE(result.problem) << "it was read";
  return result.problem ? result.problem->fault : DumpFault{};
}

template <class Write>
std::string refusal_of(Write write) {
  DumpWriter writer(a_dump_header(), [](BytesView) {});
  try {
    write(writer);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

TEST(DumpFormat, WhatIsWrittenIsRead) {
  const ReadDump result = read(a_dump());
  EXPECT_FALSE(result.problem) << to_string(*result.problem);
  EXPECT_THAT(result.items,
              ElementsAre("epoch 3", "account alice", "account bob", "mailbox bob", "cursor desk 2",
                          "cursor phone 3", "message 3", "message 4", "remembered 2"));
}

TEST(DumpFormat, ItIsReadInPiecesOfAnySize) {
  const Bytes file = a_dump();
  for (const std::size_t piece : {1u, 7u, 100u}) {
    ReadDump result;
    DumpReader reader(result.take());
    for (std::size_t at = 0; at < file.size(); at += piece) {
      ASSERT_FALSE(reader.feed(BytesView(file).substr(at, piece)));
    }
    EXPECT_FALSE(reader.finish());
    EXPECT_EQ(result.items, read(file).items);
    EXPECT_EQ(reader.counts().messages, 2u);
  }
}

TEST(DumpFormat, ItIsRefusedWhereverItIsCutOff) {
  const Bytes file = a_dump();
  for (std::size_t size = 0; size < file.size(); ++size) {
    EXPECT_EQ(fault_of(BytesView(file).substr(0, size)), DumpFault::truncated) << size;
  }
}

TEST(DumpFormat, EveryChangedBitIsSeen) {
  const Bytes file = a_dump();
  for (std::size_t bit = 0; bit < 8 * file.size(); ++bit) {
    Bytes changed = file;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ 1 << bit % 8);
    EXPECT_TRUE(read(changed).problem) << "bit " << bit;
  }
}

TEST(DumpFormat, NoItemComesOutOfAChangedChunk) {
  Bytes file = a_dump();
  const std::size_t inside = kDumpPreambleBytes + chunks_of(file)[0].size() + 40;
  file[inside] = static_cast<char>(file[inside] ^ 4);
  const ReadDump result = read(file);
  ASSERT_TRUE(result.problem);
  EXPECT_EQ(result.problem->fault, DumpFault::bad_checksum);
  EXPECT_THAT(result.items, ElementsAre("epoch 3"));
}

TEST(DumpFormat, MissingDoubledAndExchangedChunksAreRefused) {
  const std::vector<Bytes> chunks = chunks_of(a_dump());
  ASSERT_EQ(chunks.size(), 3u);
  EXPECT_EQ(fault_of(file_of({chunks[0], chunks[2]})), DumpFault::bad_chunk);
  EXPECT_EQ(fault_of(file_of({chunks[0], chunks[1], chunks[1], chunks[2]})), DumpFault::bad_chunk);
  EXPECT_EQ(fault_of(file_of({chunks[1], chunks[0], chunks[2]})), DumpFault::bad_chunk);
  EXPECT_EQ(fault_of(file_of(chunks) + "x"), DumpFault::more_behind);
  EXPECT_EQ(fault_of(file_of(chunks) + file_of(chunks)), DumpFault::more_behind);
}

TEST(DumpFormat, TheEndMustCountWhatWasRead) {
  std::vector<Bytes> chunks = chunks_of(a_dump());
  // The items are gone, numbers and checksums are right.
  wire::store_le(chunks[2].data() + 8, std::uint64_t{1});
  reseal(chunks[2]);
  EXPECT_EQ(fault_of(file_of({chunks[0], chunks[2]})), DumpFault::bad_counts);
}

TEST(DumpFormat, OtherFilesAndOtherVersionsAreNamed) {
  EXPECT_EQ(fault_of("PK\3\4 some archive"), DumpFault::not_a_dump);
  Bytes file = a_dump();
  wire::store_le(file.data() + kDumpMagic.size(), kDumpVersion + 1);
  wire::store_le(file.data() + kDumpPreambleBytes - 4,
                 wire::crc32c(BytesView(file).substr(0, kDumpPreambleBytes - 4)));
  EXPECT_EQ(fault_of(file), DumpFault::newer_version);
  EXPECT_THAT(to_string(*read(file).problem), HasSubstr("the version of Trunkline that wrote it"));
}

TEST(DumpFormat, AChunkThatClaimsToBeHugeIsRefusedAtOnce) {
  Bytes file = a_dump().substr(0, kDumpPreambleBytes + kDumpChunkHeaderBytes);
  wire::store_le(file.data() + kDumpPreambleBytes, ~std::uint32_t{0});
  EXPECT_EQ(fault_of(file), DumpFault::bad_length);
}

TEST(DumpFormat, ItemsWithRightChecksumsThatNoDumpHoldsAreRefused) {
  std::vector<Bytes> chunks = chunks_of(a_dump());
  const Bytes whole = chunks[1];
  chunks[1][kDumpChunkHeaderBytes] = 77;  // a kind that is none
  reseal(chunks[1]);
  EXPECT_EQ(fault_of(file_of(chunks)), DumpFault::bad_item);
  chunks[1] = whole;
  chunks[1][kDumpChunkHeaderBytes + 1] = '\xff';  // a length beyond the chunk
  reseal(chunks[1]);
  EXPECT_EQ(fault_of(file_of(chunks)), DumpFault::bad_item);
}

TEST(DumpFormat, WhatNoRankWritesIsNotWritten) {
  const auto nobody = [](DumpWriter& writer) { writer.add(DumpCursor{"desk", 1, 0}); };
  EXPECT_THAT(refusal_of(nobody), HasSubstr("cursor of device desk"));
  const auto twice = [](DumpWriter& writer) {
    add(writer, a_dumped_account("bob"));
    add(writer, a_dumped_account("bob"));
  };
  EXPECT_THAT(refusal_of(twice), HasSubstr("account bob"));
  const auto account_late = [](DumpWriter& writer) {
    writer.add(a_dumped_mailbox("bob"));
    add(writer, a_dumped_account("bob"));
  };
  EXPECT_THAT(refusal_of(account_late), HasSubstr("account bob"));
  const auto backwards = [](DumpWriter& writer) {
    writer.add(a_dumped_mailbox("bob"));
    add(writer, a_dumped_message("bob", 4));
    add(writer, a_dumped_message("bob", 3));
  };
  EXPECT_THAT(refusal_of(backwards), HasSubstr("message 3 of bob"));
  const auto beyond_head = [](DumpWriter& writer) {
    writer.add(a_dumped_mailbox("bob"));
    add(writer, a_dumped_message("bob", 5));
  };
  EXPECT_THAT(refusal_of(beyond_head), HasSubstr("message 5 of bob"));
  const auto anothers = [](DumpWriter& writer) {
    writer.add(a_dumped_mailbox("bob"));
    add(writer, a_dumped_message("eve", 3));
  };
  EXPECT_THAT(refusal_of(anothers), HasSubstr("message 3 of eve"));
  const auto long_name = [](DumpWriter& writer) {
    writer.add(a_dumped_mailbox("bob"));
    writer.add(DumpRemembered{Bytes(65, 'x'), "phone", 1, 0, 0, 0});
  };
  EXPECT_THAT(refusal_of(long_name), HasSubstr("remembered id"));
}

TEST(DumpFormat, TheDigestIsOfTheContentAlone) {
  const auto digest_of = [](const DumpHeader& header, BytesView user) {
    DumpWriter writer(header, [](BytesView) {});
    add(writer, a_dumped_account(user));
    writer.finish();
    return writer.digest();
  };
  const DumpHeader later{1'800'000'000'000, 5, 77, {1}};
  EXPECT_EQ(digest_of(a_dump_header(), "bob"), digest_of(later, "bob"));
  EXPECT_NE(digest_of(later, "bob"), digest_of(later, "eve"));
}

TEST(DumpFormat, ManyItemsMakeChunksOfBoundedSize) {
  Bytes file;
  DumpWriter writer(a_dump_header(), [&](BytesView bytes) { file.append(bytes); });
  DumpMailbox mailbox{"bob", {}};
  mailbox.meta.head = 40;
  writer.add(mailbox);
  const Bytes body(60'000, 'x');
  for (wire::Mseq mseq = 1; mseq <= 40; ++mseq) {
    wire::MessageRecord record = a_dumped_message("bob", mseq);
    record.message.body = body;
    add(writer, record);
  }
  writer.finish();
  EXPECT_GT(chunks_of(file).size(), 8u);
  for (const Bytes& chunk : chunks_of(file)) {
    EXPECT_LE(chunk.size(), kDumpChunkHeaderBytes + kDumpChunkBytesMax);
  }
  EXPECT_EQ(read(file).items.size(), 42u);
}

}  // namespace
}  // namespace trunkline::persistence
