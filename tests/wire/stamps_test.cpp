#include "wire/stamps.h"

#include <gtest/gtest.h>

#include "wire/codec.h"

namespace trunkline::wire {
namespace {

Bytes a_lab_frame(std::uint8_t flags) {
  StampBlock block;
  block.flags = flags;
  block.sequence = 9;
  block.intended_ns = 123'456'789'000;
  return encoded(FrameHeader{}, Direct{1, {MessageClass::direct, "a", "d", "b", "m", "body", {}}},
                 encoded(block));
}

StampBlock block_of(const Bytes& frame) {
  return *decode_stamps(decode(frame)->stamps);
}

TEST(Stamps, FillTheBlockWithoutBreakingTheFrame) {
  Bytes frame = a_lab_frame(kSampled);
  stamp_frame(frame.data(), Stamp::edge_in, 0x1'0000'0005, 7);
  stamp_frame(frame.data(), Stamp::rank_in, 6, 8);
  const StampBlock block = block_of(frame);
  EXPECT_TRUE(block.has(Stamp::edge_in));
  EXPECT_TRUE(block.has(Stamp::rank_in));
  EXPECT_FALSE(block.has(Stamp::rank_out));
  EXPECT_EQ(block.at[static_cast<int>(Stamp::edge_in)], 5u);
  EXPECT_EQ(block.node[1], 7);
  EXPECT_EQ(block.node[2], 8);
  EXPECT_EQ(block.intended_ns, 123'456'789'000u);
}

TEST(Stamps, TellWhatTheRankDidWhenItTookTheMessage) {
  Bytes frame = a_lab_frame(kSampled);
  stamp_frame(frame.data(), Stamp::rank_in, 1, 7, Idle::descriptor);
  stamp_frame(frame.data(), Stamp::rank_matched, 2, 7, Idle::doorbell);
  stamp_frame(frame.data(), Stamp::rank_out, 3, 7, Idle::busy);
  StampBlock block = block_of(frame);
  EXPECT_EQ(block.idle(Stamp::rank_in), Idle::descriptor);
  EXPECT_EQ(block.idle(Stamp::rank_matched), Idle::doorbell);
  EXPECT_EQ(block.idle(Stamp::rank_out), Idle::untold);
  EXPECT_TRUE(block.has(Stamp::rank_in) && block.has(Stamp::rank_out));
  // A path that visits a second rank: the last visit counts, in full.
  stamp_frame(frame.data(), Stamp::rank_matched, 4, 7, Idle::busy);
  block = block_of(frame);
  EXPECT_EQ(block.idle(Stamp::rank_matched), Idle::busy);
  EXPECT_EQ(block.idle(Stamp::rank_in), Idle::descriptor);
}

TEST(Stamps, TouchNothingThatIsNotSampled) {
  Bytes frame = a_lab_frame(0);
  const Bytes before = frame;
  stamp_frame(frame.data(), Stamp::edge_in, 5, 7);
  EXPECT_EQ(frame, before);
}

TEST(Stamps, AnUnknownVersionIsSaid) {
  Bytes block = encoded(StampBlock{});
  block[0] = 9;
  EXPECT_EQ(decode_stamps(block).error(), DecodeError::bad_version);
  EXPECT_EQ(decode_stamps("short").error(), DecodeError::bad_length);
}

}  // namespace
}  // namespace trunkline::wire
