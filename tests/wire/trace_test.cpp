#include "wire/trace.h"

#include <gtest/gtest.h>

#include <thread>

#include "wire/record.h"
#include "wire/stamp_clock.h"

namespace trunkline::wire {
namespace {

constexpr Direct kMessage{1, {MessageClass::direct, "a", "d", "b", "m", "body", {}}};

StampBlock a_block(std::uint8_t flags) {
  StampBlock block;
  block.flags = flags;
  block.sequence = 9;
  block.intended_ns = 123'456'789'000;
  return block;
}

Bytes a_batch(BytesView stamps) {
  BatchBuilder builder;
  builder.add(FrameHeader{}, Beat{});
  builder.add(FrameHeader{}, kMessage, stamps);
  return builder.take(BatchHeader{});
}

FrameView message_in(const Bytes& batch) {
  BytesView frames = decode_batch(batch, Way::port)->frames;
  (void)next_frame(frames);
  return *next_frame(frames);
}

std::vector<Card> taken(Trace& trace) {
  const Trace::Answer answer = trace.obey("take");
  EXPECT_TRUE(answer.done);
  return decode_cards(answer.text);
}

TEST(Trace, AMarkStampsTheBlockAndLeavesACard) {
  Trace trace;
  TraceRing& ring = trace.ring();
  ASSERT_EQ(trace.obey("on").text, R"({"on":true,"cards":0,"lost":0})");
  Bytes batch = a_batch(encoded(a_block(kSampled)));
  const std::uint64_t began = stamp_clock_ns();
  mark_batch(batch.data(), batch.size(), Stamp::rank_in, ring, {Idle::doorbell, began});
  const auto block = decode_stamps(message_in(batch).stamps);
  ASSERT_TRUE(block);
  const std::vector<Card> cards = taken(trace);
  ASSERT_EQ(cards.size(), 1u);
  EXPECT_EQ(cards[0].id, trace_id(a_block(kSampled)));
  EXPECT_EQ(cards[0].stage, Stage::rank_in);
  EXPECT_EQ(cards[0].node, stamp_node());
  EXPECT_EQ(block->at[static_cast<int>(Stamp::rank_in)], static_cast<std::uint32_t>(cards[0].ns));
  const TurnDetail turn = turn_detail(cards[0].detail);
  EXPECT_EQ(turn.idle, Idle::doorbell);
  EXPECT_EQ(cards[0].ns - began, turn.begun_ns);
  EXPECT_TRUE(taken(trace).empty()) << "cards are taken once";
}

TEST(Trace, AFrameMayCarryItsIdAlone) {
  Trace trace;
  TraceRing& ring = trace.ring();
  trace.obey("on");
  Bytes batch = a_batch(encoded_trace_id(77));
  const Bytes before = batch;
  const FrameView frame = message_in(batch);
  EXPECT_TRUE(frame.has(kCarded));
  EXPECT_FALSE(frame.has(kLab));
  EXPECT_EQ(trace_id(frame.stamps), 77u);
  EXPECT_EQ(payload_of<Direct>(frame)->message.body, "body");
  mark_batch(batch.data(), batch.size(), Stamp::rank_in, ring);
  card_batch(batch, Stage::rank_routed, ring);
  EXPECT_EQ(batch, before) << "nothing is written into it";
  const auto cards = taken(trace);
  ASSERT_EQ(cards.size(), 2u);
  EXPECT_EQ(cards[0].id, 77u);
  EXPECT_EQ(cards[1].stage, Stage::rank_routed);
}

TEST(Trace, BothTracesInOneFrameAreRefused) {
  Bytes frame = encoded(FrameHeader{}, kMessage, encoded(a_block(0)));
  store_le(frame.data() + 10, kTraced);
  EXPECT_EQ(decode(frame).error(), DecodeError::bad_flags);
}

TEST(Trace, OffItStampsOnly) {
  Trace trace;
  TraceRing& ring = trace.ring();
  Bytes batch = a_batch(encoded(a_block(kSampled)));
  mark_batch(batch.data(), batch.size(), Stamp::edge_in, ring);
  card_batch(batch, Stage::rank_routed, ring);
  EXPECT_TRUE(decode_stamps(message_in(batch).stamps)->has(Stamp::edge_in));
  EXPECT_EQ(trace.obey("status").text, R"({"on":false,"cards":0,"lost":0})");
}

TEST(Trace, WhatIsNotSampledLeavesNothing) {
  Trace trace;
  trace.obey("on");
  Bytes batch = a_batch(encoded(a_block(0)));
  const Bytes before = batch;
  mark_batch(batch.data(), batch.size(), Stamp::edge_in, trace.ring());
  EXPECT_EQ(batch, before);
  EXPECT_TRUE(taken(trace).empty());
}

TEST(Trace, AFullRingLosesTheOldestAndCountsThem) {
  Trace trace;
  TraceRing& ring = trace.ring();
  trace.obey("on");
  for (std::uint64_t id = 1; id <= kCardsPerRing + 5; ++id) ring.add(id, Stage::edge_in, id);
  EXPECT_EQ(trace.obey("status").text,
            R"({"on":true,"cards":)" + std::to_string(kCardsPerRing) + R"(,"lost":5})");
  std::size_t count = 0;
  std::uint64_t next = 6;
  for (auto cards = taken(trace); !cards.empty(); cards = taken(trace)) {
    EXPECT_LE(cards.size(), kCardsPerAnswer);
    for (const Card& card : cards) EXPECT_EQ(card.id, next++);
    count += cards.size();
  }
  EXPECT_EQ(count, kCardsPerRing);
}

// As a rank's loop, its writer and its edge add while an administrator asks.
TEST(Trace, IsTakenAndSwitchedWhileThreadsAdd) {
  Trace trace;
  trace.obey("on 64");
  constexpr std::uint64_t kEach = 20'000;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&ring = trace.ring()] {
      for (std::uint64_t id = 1; id <= kEach; ++id) ring.add(id, Stage::edge_in, id);
    });
  }
  std::uint64_t count = 0;
  for (int i = 0; i < 200; ++i) {
    count += taken(trace).size();
    if (i == 100) trace.obey("on 64");
    EXPECT_TRUE(trace.obey("status").done);
  }
  for (std::thread& thread : threads) thread.join();
  trace.obey("off");
  for (auto cards = taken(trace); !cards.empty(); cards = taken(trace)) count += cards.size();
  EXPECT_LE(count, 3 * kEach);
  EXPECT_EQ(decode_cards(trace.obey("take").text).size(), 0u);
}

TEST(Trace, AnUnknownWordIsRefused) {
  Trace trace;
  EXPECT_FALSE(trace.obey("everything").done);
  EXPECT_FALSE(trace.obey("").done);
  for (const char* wrong : {"on ", "on 0", "on x", "on5", "on 5x", "on 9999999999", "one"}) {
    EXPECT_FALSE(trace.obey(wrong).done) << wrong;
  }
  EXPECT_FALSE(trace.on());
  EXPECT_TRUE(trace.obey("on 5").done);
}

TEST(Trace, ARecordIsKnownByItsMessage) {
  MessageRecord record;
  record.owner = "b";
  const Bytes stamps = encoded_trace_id(5);
  record.stamps = stamps;
  EXPECT_EQ(trace_id_of_record(encoded_record(record)), 5u);
  record.stamps = {};
  EXPECT_EQ(trace_id_of_record(encoded_record(record)), 0u);
  EXPECT_EQ(trace_id_of_record(encoded_record(CopiedRecord{1, 2})), 0u);
  EXPECT_EQ(trace_id_of_record("nonsense"), 0u);
}

TEST(Trace, ABatchFromOutsideIsNeverReadPastItsEnd) {
  Trace trace;
  TraceRing& ring = trace.ring();
  trace.obey("on");
  for (const Bytes& whole : {a_batch(encoded(a_block(kSampled))), a_batch(encoded_trace_id(7))}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      Bytes cut = whole.substr(0, size);
      mark_batch(cut.data(), cut.size(), Stamp::edge_in, ring);
    }
    for (std::size_t at = kBatchHeaderBytes; at < whole.size(); ++at) {
      Bytes damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ 0x80);
      mark_batch(damaged.data(), damaged.size(), Stamp::edge_in, ring);
    }
  }
}

TEST(StampClock, AShiftIsReadAsItIsWritten) {
  EXPECT_EQ(parse_stamp_shift("-5").offset_ns, -5);
  const StampShift shift = parse_stamp_shift("1234567,-20.5");
  EXPECT_EQ(shift.offset_ns, 1'234'567);
  EXPECT_EQ(shift.drift_ppm, -20.5);
  EXPECT_EQ(shift.shifted(2'000'000'000), 2'000'000'000 + 1'234'567 - 41'000);
  for (const char* wrong : {"", "x", "1,", "1,2,3", "1;2", "1,9999", "1 2"}) {
    EXPECT_THROW(parse_stamp_shift(wrong), std::runtime_error) << wrong;
  }
}

}  // namespace
}  // namespace trunkline::wire
