#include "wire/stamps.h"

#include <gtest/gtest.h>

namespace trunkline::wire {
namespace {

Bytes a_lab_batch(std::uint8_t flags) {
  StampBlock block;
  block.flags = flags;
  block.sequence = 9;
  block.intended_ns = 123'456'789'000;
  Direct direct{1, {MessageClass::direct, "a", "d", "b", "m", "body", {}}};
  BatchBuilder builder;
  builder.add(FrameHeader{}, Beat{});
  builder.add(FrameHeader{}, direct, encoded(block));
  return builder.take(BatchHeader{});
}

StampBlock block_of(const Bytes& batch) {
  BytesView frames = decode_batch(batch, Way::port)->frames;
  (void)next_frame(frames);
  return *decode_stamps(next_frame(frames)->stamps);
}

TEST(Stamps, FillTheBlockWithoutBreakingTheFrame) {
  Bytes batch = a_lab_batch(kSampled);
  stamp_batch(batch.data(), batch.size(), Stamp::edge_in, 0x1'0000'0005, 7);
  stamp_batch(batch.data(), batch.size(), Stamp::rank_in, 6, 8);
  const StampBlock block = block_of(batch);
  EXPECT_TRUE(block.has(Stamp::edge_in));
  EXPECT_TRUE(block.has(Stamp::rank_in));
  EXPECT_FALSE(block.has(Stamp::rank_out));
  EXPECT_EQ(block.at[static_cast<int>(Stamp::edge_in)], 5u);
  EXPECT_EQ(block.node[1], 7);
  EXPECT_EQ(block.node[2], 8);
  EXPECT_EQ(block.intended_ns, 123'456'789'000u);
}

TEST(Stamps, TouchNothingThatIsNotSampled) {
  Bytes batch = a_lab_batch(0);
  const Bytes before = batch;
  stamp_batch(batch.data(), batch.size(), Stamp::edge_in, 5, 7);
  EXPECT_EQ(batch, before);
}

TEST(Stamps, ABatchFromOutsideIsNeverReadPastItsEnd) {
  const Bytes whole = a_lab_batch(kSampled);
  for (std::size_t size = kBatchHeaderBytes; size < whole.size(); ++size) {
    Bytes cut = whole.substr(0, size);
    stamp_batch(cut.data(), cut.size(), Stamp::edge_in, 5, 7);
  }
  for (std::size_t at = kBatchHeaderBytes; at < whole.size(); ++at) {
    Bytes damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x80);
    stamp_batch(damaged.data(), damaged.size(), Stamp::edge_in, 5, 7);
  }
}

TEST(Stamps, AnUnknownVersionIsSaid) {
  Bytes block = encoded(StampBlock{});
  block[0] = 9;
  EXPECT_EQ(decode_stamps(block).error(), DecodeError::bad_version);
  EXPECT_EQ(decode_stamps("short").error(), DecodeError::bad_length);
}

}  // namespace
}  // namespace trunkline::wire
