#include "wire/record.h"

#include <gtest/gtest.h>

namespace trunkline::wire {
namespace {

MessageRecord a_record() {
  MessageRecord record;
  record.owner = "bob";
  record.mseq = 12;
  record.sepoch = make_sepoch(2, 1);
  record.print = 0x1122334455667788;
  record.time_ms = 1'700'000'000'000;
  record.count_sum = 11;
  record.bytes_sum = 4096;
  record.message = {MessageClass::stored, "alice", "phone", "bob", "m1", "good morning", {}};
  return record;
}

TEST(Record, AMessageComesBackAsItWas) {
  const Bytes bytes = encoded_record(a_record());
  const auto view = decode_record(bytes);
  ASSERT_TRUE(view);
  const auto record = record_of<MessageRecord>(*view);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->owner, "bob");
  EXPECT_EQ(record->mseq, 12u);
  EXPECT_EQ(record->message.body, "good morning");
  EXPECT_FALSE(record->is_own_copy());
}

TEST(Record, ACursorAndACopiedMarkComeBackAsTheyWere) {
  const Bytes cursor = encoded_record(CursorRecord{"bob", "desk", 12, 5, true});
  const auto read = record_of<CursorRecord>(*decode_record(cursor));
  EXPECT_EQ(read->device, "desk");
  EXPECT_EQ(read->mseq, 12u);
  EXPECT_TRUE(read->forgotten);
  const Bytes copied = encoded_record(CopiedRecord{3, 99});
  EXPECT_EQ(record_of<CopiedRecord>(*decode_record(copied))->position, 99u);
}

TEST(Record, EveryPrefixAndEveryChangedByteIsANamedError) {
  for (const Bytes& bytes :
       {encoded_record(a_record()), encoded_record(CursorRecord{"b", "d", 1, 2}),
        encoded_record(CopiedRecord{1, 2})}) {
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_EQ(decode_record(bytes.substr(0, size)).error(), DecodeError::too_short);
    }
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      for (int change = 1; change < 256; ++change) {
        Bytes damaged = bytes;
        damaged[at] = static_cast<char>(damaged[at] ^ change);
        EXPECT_FALSE(decode_record(damaged)) << at;
      }
    }
  }
}

TEST(Record, ThePrintTellsBodiesIdsAndKeysApart) {
  const PrintKey key{1};
  const PrintKey other{2};
  EXPECT_EQ(print_of(key, "m1", "a"), print_of(key, "m1", "a"));
  EXPECT_NE(print_of(key, "m1", "a"), print_of(key, "m1", "b"));
  EXPECT_NE(print_of(key, "m1", "a"), print_of(key, "m2", "a"));
  EXPECT_NE(print_of(key, "m1", "a"), print_of(key, "m", "1a"));
  EXPECT_NE(print_of(key, "m1", "a"), print_of(other, "m1", "a"));
}

TEST(Account, ComesBackAsItWasAndIsSealed) {
  Account account;
  account.user = "alice";
  account.salt = "salt";
  account.stored_key = "stored";
  account.server_key = "server";
  account.iterations = 4096;
  account.auth_version = 2;
  account.enabled = false;
  account.mailbox = "1700000000000";
  const Bytes bytes = encoded_account(account);
  const auto read = decode_account(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->user, "alice");
  EXPECT_FALSE(read->enabled);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(decode_account(bytes.substr(0, size)));
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    Bytes damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    EXPECT_FALSE(decode_account(damaged));
  }
}

}  // namespace
}  // namespace trunkline::wire
