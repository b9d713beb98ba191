#include "wire/codec.h"

#include <gtest/gtest.h>

#include "wire/batch.h"
#include "wire/crc32c.h"

namespace trunkline::wire {
namespace {

FrameHeader header() {
  FrameHeader header;
  header.address = {3, 7, 11};
  header.slot = 42;
  return header;
}

Send a_send() {
  Send send;
  send.tag = 5;
  send.sepoch = make_sepoch(2, 9);
  send.message = {MessageClass::stored, "alice", "phone", "bob", "m1", "good morning", {}};
  return send;
}

// One frame of every kind, so that a new kind without a test does not compile away unseen.
std::vector<Bytes> one_of_each() {
  std::vector<Bytes> frames;
  const auto add = [&](const auto& payload) { frames.push_back(encoded(header(), payload)); };
  add(Hello{"edge1", 1, 99});
  add(HelloOk{4, 99, 1, 2, Storage::tmpfs});
  add(Reset{99});
  add(Beat{});
  add(Verifier{"alice"});
  add(VerifierIs{"alice", "salt", "stored", "server", 4096, 3});
  add(Attach{"alice", "phone", 17, 4, "1000", 3});
  add(Attached{17, 4, 6, "1000", Storage::disk});
  add(AttachRefused{Code::bad_cursor});
  add(Replaced{18});
  add(Revoked{});
  add(Detach{"alice", "phone", 17});
  add(a_send());
  add(Stored{5, 128});
  add(Refused{5, 128, Code::quota});
  add(Fenced{5, 128, 18});
  add(Deliver{9, 1'700'000'000'000, a_send().message});
  add(Trimmed{100});
  add(Taken{"bob", "desk", 17, 9});
  add(Received{"bob", "desk", 17, 8});
  add(History{"bob", "desk", 17, "alice", 50, 20, "r1"});
  Bytes entries;
  append_entry(entries, {9, 1'700'000'000'000, a_send().message});
  add(Page{"r1", true, false, entries});
  add(Copy{77, 1234, "records"});
  add(Copied{77, 1234});
  add(Direct{1'700'000'000'000, a_send().message});
  add(Hint{"bob", 2, 5});
  add(DirectRefused{"m1", "bob", Code::no_such_user});
  add(Sole{"bob", true, 5});
  add(Admin{AdminVerb::user_add, kNoRank, "carol", "account"});
  add(AdminIs{true, true, "{}"});
  add(Auth{"PLAIN", Bytes("\0a\0b", 4), "phone", 3, "1000"});
  add(Challenge{"r=abc"});
  add(Response{"c=biws"});
  add(Welcome{"alice", "phone", "edge1", "1000", "v=x", 1, 3, Storage::disk});
  add(ClientStored{"m1", "bob"});
  add(ClientRefused{"m1", "bob", "", Code::quota, "full mailbox"});
  add(ClientReceived{9});
  add(ClientHistory{"alice", 50, 20, "r1"});
  add(Ping{"p1"});
  add(Pong{"p1"});
  add(Bye{});
  add(Move{"wss://a\nwss://b"});
  add(Error{Code::replaced, "a newer login"});
  return frames;
}

TEST(Codec, ASendComesBackAsItWas) {
  const Bytes bytes = encoded(header(), a_send());
  const auto frame = decode(bytes);
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->header.kind, Kind::send);
  EXPECT_EQ(frame->header.address, (Address{3, 7, 11}));
  EXPECT_EQ(frame->header.slot, 42);
  const auto send = payload_of<Send>(*frame);
  ASSERT_TRUE(send);
  EXPECT_EQ(send->tag, 5u);
  EXPECT_EQ(epoch_of(send->sepoch), 2u);
  EXPECT_EQ(send->message.from, "alice");
  EXPECT_EQ(send->message.device, "phone");
  EXPECT_EQ(send->message.to, "bob");
  EXPECT_EQ(send->message.id, "m1");
  EXPECT_EQ(send->message.body, "good morning");
}

TEST(Codec, TheMessageBlockGoesOnUntouchedFromSendToDeliver) {
  const Bytes sent = encoded(header(), a_send());
  const auto send = payload_of<Send>(*decode(sent));
  const Bytes delivered = encoded(header(), Deliver{9, 1, send->message});
  const auto deliver = payload_of<Deliver>(*decode(delivered));
  ASSERT_TRUE(deliver);
  EXPECT_EQ(deliver->message.raw, send->message.raw);
}

TEST(Codec, FramesAreAlignedAndKnowTheirLength) {
  for (const Bytes& frame : one_of_each()) {
    EXPECT_EQ(frame.size() % 8, 0u);
    EXPECT_EQ(decode(frame)->header.length, frame.size());
  }
}

TEST(Codec, EveryKindIsTested) {
  std::size_t known = 0;
  for (int kind = 0; kind < 256; ++kind) known += is_known(static_cast<Kind>(kind));
  EXPECT_EQ(one_of_each().size(), known);
}

TEST(Codec, EveryPrefixIsANamedError) {
  for (const Bytes& frame : one_of_each()) {
    for (std::size_t size = 0; size < frame.size(); ++size) {
      const Bytes prefix = frame.substr(0, size);  // a copy, so that a read past it is seen
      const auto result = decode(prefix);
      ASSERT_FALSE(result);
      EXPECT_EQ(result.error(), DecodeError::too_short);
    }
  }
}

TEST(Codec, EveryChangedByteIsANamedError) {
  for (const Bytes& frame : one_of_each()) {
    for (std::size_t at = 0; at < frame.size(); ++at) {
      for (int change = 1; change < 256; ++change) {
        Bytes damaged = frame;
        damaged[at] = static_cast<char>(damaged[at] ^ change);
        const auto result = decode(damaged);
        ASSERT_FALSE(result) << "byte " << at << " changed by " << change;
        EXPECT_NE(to_string(result.error()), "unknown");
      }
    }
  }
}

TEST(Codec, EveryPrefixOfAPayloadIsANamedErrorEvenWithARightChecksum) {
  // A peer that seals nonsense: the fields decide, not the checksum.
  const Bytes frame = encoded(header(), a_send());
  for (std::size_t size = kFrameHeaderBytes; size < frame.size(); size += 8) {
    Bytes cut = frame.substr(0, size);
    store_le(cut.data(), static_cast<std::uint32_t>(size));
    readdress(cut, {3, 7, 11}, 42);  // seals it again
    const auto view = decode(cut);
    ASSERT_TRUE(view);
    const auto send = payload_of<Send>(*view);
    ASSERT_FALSE(send);
    EXPECT_EQ(send.error(), DecodeError::bad_field);
  }
}

TEST(Codec, ALongerFrameThanTheLimitIsRefusedUnread) {
  Send send = a_send();
  const Bytes body(kClusterFrameBytesMax, 'x');
  send.message.body = body;
  EXPECT_EQ(decode(encoded(header(), send)).error(), DecodeError::bad_length);
}

TEST(Codec, AValueOutsideItsRangeIsANamedError) {
  const Bytes frame = encoded(header(), Attached{1, 2, 3, "m", static_cast<Storage>(9)});
  EXPECT_EQ(payload_of<Attached>(*decode(frame)).error(), DecodeError::bad_value);
}

TEST(Codec, APayloadOfAnotherKindIsNotRead) {
  const Bytes frame = encoded(header(), Ping{"p"});
  EXPECT_EQ(payload_of<Pong>(*decode(frame)).error(), DecodeError::bad_kind);
}

TEST(Codec, ANewAddressLeavesThePayload) {
  Bytes frame = encoded(header(), a_send());
  readdress(frame, {1, 2, 3}, 4);
  const auto view = decode(frame);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->header.address, (Address{1, 2, 3}));
  EXPECT_EQ(view->header.slot, 4);
  EXPECT_EQ(payload_of<Send>(*view)->message.body, "good morning");
}

TEST(Codec, FlagsCanBeSetAndCleared) {
  Bytes frame = encoded(header(), Direct{1, a_send().message});
  reflag(frame, kByHint | kFromHome, 0);
  EXPECT_TRUE(decode(frame)->has(kByHint));
  reflag(frame, kDetoured, kByHint);
  EXPECT_FALSE(decode(frame)->has(kByHint));
  EXPECT_TRUE(decode(frame)->has(kDetoured));
}

TEST(Codec, PageEntriesAreTakenOneAfterTheOther) {
  Bytes entries;
  append_entry(entries, {1, 10, a_send().message});
  append_entry(entries, {2, 20, a_send().message});
  BytesView left = entries;
  EXPECT_EQ(next_entry(left)->mseq, 1u);
  EXPECT_EQ(next_entry(left)->time_ms, 20);
  EXPECT_TRUE(left.empty());
  for (std::size_t size = 1; size < entries.size() / 2; ++size) {
    BytesView cut = BytesView(entries).substr(0, size);
    EXPECT_FALSE(next_entry(cut));
  }
}

TEST(Names, AreOneTo64BytesOfUtf8WithoutControls) {
  EXPECT_TRUE(is_name("alice"));
  EXPECT_TRUE(is_name("Zoë 東京"));
  EXPECT_TRUE(is_name(Bytes(64, 'x')));
  EXPECT_FALSE(is_name(Bytes(65, 'x')));
  EXPECT_FALSE(is_name(""));
  EXPECT_FALSE(is_name("a\nb"));
  EXPECT_FALSE(is_name("a\x7f"));
  EXPECT_FALSE(is_name("a\xc2\x85"));  // U+0085
  EXPECT_FALSE(is_name("\xff"));
  EXPECT_FALSE(is_name("\xc0\xaf"));          // overlong
  EXPECT_FALSE(is_name("\xed\xa0\x80"));      // a surrogate
  EXPECT_FALSE(is_name("\xf4\x90\x80\x80"));  // beyond U+10FFFF
  EXPECT_FALSE(is_name("\xe6\x9d"));          // cut
}

TEST(Crc32c, HasTheKnownCheckValue) {
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);  // RFC 3720 B.4's check value
  EXPECT_EQ(crc32c("56789", crc32c("1234")), crc32c("123456789"));
}

Bytes a_batch() {
  BatchBuilder builder;
  builder.add(header(), a_send());
  builder.add(header(), Beat{});
  BatchHeader of;
  of.way = Way::port;
  of.epoch = 3;
  of.incarnation = 77;
  of.number = 12;
  of.consumed = 8;
  return builder.take(of);
}

TEST(Batch, GivesItsFramesBackInOrder) {
  const Bytes bytes = a_batch();
  const auto batch = decode_batch(bytes, Way::port);
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->header.number, 12u);
  EXPECT_EQ(batch->header.consumed, 8u);
  EXPECT_EQ(batch->header.frames, 2u);
  BytesView frames = batch->frames;
  EXPECT_EQ(next_frame(frames)->header.kind, Kind::send);
  EXPECT_EQ(next_frame(frames)->header.kind, Kind::beat);
  EXPECT_TRUE(frames.empty());
}

TEST(Batch, ABareConfirmHasNoFrames) {
  BatchBuilder builder;
  BatchHeader of;
  of.way = Way::link;
  of.consumed = 5;
  const Bytes bytes = builder.take(of);
  EXPECT_EQ(bytes.size(), kBatchHeaderBytes);
  EXPECT_EQ(decode_batch(bytes, Way::link)->header.consumed, 5u);
  EXPECT_EQ(decode_batch(bytes, Way::port).error(), DecodeError::bad_kind);
}

TEST(Batch, EveryPrefixAndEveryChangedHeaderByteIsANamedError) {
  const Bytes bytes = a_batch();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_batch(bytes.substr(0, size), Way::port));
  }
  for (std::size_t at = 0; at < kBatchHeaderBytes; ++at) {
    for (int change = 1; change < 256; ++change) {
      Bytes damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ change);
      EXPECT_FALSE(decode_batch(damaged, Way::port)) << at;
    }
  }
}

}  // namespace
}  // namespace trunkline::wire
