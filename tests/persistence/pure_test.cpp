#include "persistence/record_log.h"
#include "persistence/retention.h"
#include "persistence/schema.h"
#include "tests/persistence/store_verbs.h"

namespace trunkline::persistence {
namespace {

TEST(Schema, KeysOfOneMailboxLieTogetherInTheOrderOfTheirNumbers) {
  EXPECT_LT(message_key("bob", 255), message_key("bob", 256));
  EXPECT_LT(message_key("bob", 1), message_key("bob", ~wire::Mseq{0}));
  EXPECT_EQ(without_number(message_key("bob", 7)), owner_key("bob"));
  EXPECT_NE(without_number(peer_key("a", "bc", 1)), without_number(peer_key("ab", "c", 1)));
  EXPECT_EQ(lsn_of_key(remembered_key("a", "b", "c", 99)), 99u);
  EXPECT_EQ(target_of_copy_key(copy_key(513, 2)), 513u);
  EXPECT_EQ(id_of_position_key(source_key(0x0102030405060708)), 0x0102030405060708u);
}

TEST(Schema, SealedValuesComeBackAndEveryChangedBitIsSeen) {
  MailboxMeta meta;
  meta.head = 9;
  meta.first = 3;
  meta.trimmed_sums = {2, 200};
  meta.cursors = {{"desk", 4, 5}, {"phone", 6, 7}};
  const wire::Bytes bytes = sealed_meta(meta);
  const auto read = unsealed_meta(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->head, 9u);
  EXPECT_EQ(read->trimmed_sums.bytes, 200u);
  ASSERT_EQ(read->cursors.size(), 2u);
  EXPECT_EQ(read->cursors[1].device, "phone");
  EXPECT_EQ(read->received(), 6u);
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    wire::Bytes damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << bit % 8);
    EXPECT_FALSE(unsealed_meta(damaged));
  }
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(unsealed_meta(bytes.substr(0, size)));
  }
}

TEST(ClockWatch, TrustsTheWallClockUntilItJumps) {
  const ClockWatch watch({5'000'000, 1'000'000});
  constexpr std::int64_t kHourMs = 3'600'000;
  EXPECT_EQ(watch.trusted_wall_ms({5'000'000 + 60'000'000, 1'000'000 + 60'000}), 1'060'000);
  EXPECT_EQ(watch.trusted_wall_ms({5'000'000, 1'000'000 + kHourMs}), 1'000'000 + kHourMs);
  EXPECT_EQ(watch.trusted_wall_ms({5'000'000, 1'000'000 + kHourMs + 1}), kNoWallTime);
  EXPECT_EQ(watch.trusted_wall_ms({5'000'000, 1'000'000 - kHourMs - 1}), kNoWallTime);
}

TEST(LsnList, CountsAndDropsFromTheFront) {
  LsnList list;
  for (wire::Lsn lsn = 10; lsn <= 50; lsn += 10) list.push(lsn);
  EXPECT_EQ(list.count_up_to(9), 0u);
  EXPECT_EQ(list.count_up_to(30), 3u);
  EXPECT_EQ(list.drop_up_to(25), 2u);
  EXPECT_EQ(list.size(), 3u);
  EXPECT_EQ(list[0], 30u);
  EXPECT_EQ(list.drop_up_to(100), 3u);
  EXPECT_TRUE(list.empty());
}

TEST(RecordLog, BeginsWhereItIsTold) {
  RecordLog log(5);
  EXPECT_TRUE(log.empty());
  EXPECT_EQ(log.last(), 4u);
  EXPECT_EQ(log.append("five"), 5u);
  EXPECT_EQ(log.append("six"), 6u);
  log.drop_up_to(5);
  EXPECT_EQ(log.first(), 6u);
  EXPECT_EQ(log.at(6), "six");
  EXPECT_EQ(log.bytes(), 3u);
}

}  // namespace
}  // namespace trunkline::persistence
