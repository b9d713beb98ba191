#include "persistence/archive_fill.h"

#include "persistence/archive_check.h"
#include "persistence/damage.h"
#include "persistence/lmdb_archive.h"
#include "persistence/reading.h"
#include "persistence/retention_sweep.h"
#include "tests/persistence/store_verbs.h"

namespace trunkline::persistence {
namespace {

// The archive by itself, without threads: portions go in, answers come out.
class Archive : public testing::Test {
 protected:
  static constexpr std::size_t kMapBytes = std::size_t{1} << 30;
  Archive() { ArchiveTables(path(), kMapBytes, 7, Opening::make), open(); }
  std::string path() const { return directory_.path() + "/archive.mdb"; }
  void open(std::size_t map_bytes = kMapBytes) {
    tables_.reset();
    tables_.emplace(path(), map_bytes, 7, Opening::expect);
  }
  void add_record(wire::Bytes record) { records_.push_back(std::move(record)); }
  void add(const Letter& letter) { add_record(letter.encoded()); }
  void add_many(const wire::Bytes& owner, wire::Mseq first, wire::Mseq last,
                std::int64_t time_ms = kLettersTimeMs) {
    for (wire::Mseq mseq = first; mseq <= last; ++mseq) {
      add({.owner = owner, .mseq = mseq, .time_ms = time_ms});
    }
  }
  void add_cursor(const wire::Bytes& owner, wire::Mseq mseq) {
    add_record(wire::encoded_record(wire::CursorRecord{owner, "desk", mseq, 1}));
  }
  bool fill(std::int64_t wall_ms = kLettersTimeMs) {
    ArchivePortion portion;
    portion.first = tables_->applied() + 1;
    portion.records.assign(records_.begin(), records_.end());
    const bool done = fill_archive(*tables_, {slots_, 0, limits_}, portion, wall_ms, trimmed_);
    if (done) records_.clear();
    return done;
  }
  void sweep(std::int64_t wall_ms = kLettersTimeMs) {
    RetentionSweep sweep(*tables_, limits_);
    RetentionSweep::Slice slice;
    do {
      slice = sweep.slice(wall_ms, trimmed_);
    } while (slice == RetentionSweep::Slice::more);
    EXPECT_EQ(slice, RetentionSweep::Slice::done);
  }
  wire::MessagesLoaded messages(const wire::Bytes& owner, wire::Mseq after = 0) {
    return reading().messages({owner, after, 100'000, std::size_t{1} << 30});
  }
  std::size_t remembered(const wire::Bytes& owner) {
    return reading().remembered({owner, "alice", "phone"}).entries.size();
  }
  Reading reading() {
    archive_.emplace(*tables_);
    return Reading(tail_, *archive_);
  }
  // As a failing disk would: changes a byte of a value under the archive's feet.
  void damage(MDB_dbi table, const wire::Bytes& key) {
    WriteTransaction transaction(tables_->environment);
    wire::BytesView bytes;
    ASSERT_TRUE(transaction.find(table, key, bytes));
    wire::Bytes changed(bytes);
    changed[changed.size() / 2] = static_cast<char>(changed[changed.size() / 2] ^ 4);
    transaction.put(table, key, changed);
    ASSERT_TRUE(transaction.commit());
  }
  // As it would change a bit of a key: what stood under one stands under another.
  void move(MDB_dbi table, const wire::Bytes& from, const wire::Bytes& to) {
    WriteTransaction transaction(tables_->environment);
    wire::BytesView bytes;
    ASSERT_TRUE(transaction.find(table, from, bytes));
    const wire::Bytes value(bytes);
    transaction.erase(table, from);
    transaction.put(table, to, value);
    ASSERT_TRUE(transaction.commit());
  }
  void erase(MDB_dbi table, const wire::Bytes& key) {
    WriteTransaction transaction(tables_->environment);
    transaction.erase(table, key);
    ASSERT_TRUE(transaction.commit());
  }
  // What a start would report.
  std::uint64_t reports() {
    tables_.reset();
    const std::uint64_t before = damage_reported();
    check_archive(path());
    const std::uint64_t after = damage_reported();
    open();
    return after - before;
  }

  tests::TemporaryDirectory directory_;
  RetentionLimits limits_;
  wire::SlotMap slots_ = wire::SlotMap::fresh(1, 0);
  RecordLog log_;
  Tail tail_{log_, slots_, 0};
  std::optional<ArchiveTables> tables_;
  std::optional<LmdbArchive> archive_;
  std::deque<wire::Bytes> records_;
  std::vector<wire::MailboxTrimmed> trimmed_;
};

TEST_F(Archive, TakesManyMailboxesInAnyOrder) {
  for (wire::Mseq mseq = 1; mseq <= 20; ++mseq) {
    for (const char* owner : {"carol", "bob", "zoe", "al"}) add({.owner = owner, .mseq = mseq});
    if (mseq % 7 == 0) {
      EXPECT_TRUE(fill());
    }
  }
  EXPECT_TRUE(fill());
  open();
  for (const char* owner : {"carol", "bob", "zoe", "al"}) {
    EXPECT_EQ(messages(owner).records.size(), 20u);
    EXPECT_EQ(mseqs_of(messages(owner, 18).records), (std::vector<wire::Mseq>{19, 20}));
  }
  EXPECT_EQ(tables_->applied(), 80u);
}

TEST_F(Archive, BelongsToOneLog) {
  tables_.reset();
  EXPECT_THROW(tables_.emplace(path(), kMapBytes, 8, Opening::expect), std::runtime_error);
}

TEST_F(Archive, WithAFullMapNothingHappensUntilItGrows) {
  open(256 << 10);
  add_many("bob", 1, 2'000);
  EXPECT_FALSE(fill());
  EXPECT_EQ(tables_->applied(), 0u);
  EXPECT_TRUE(messages("bob").records.empty());
  while (tables_->environment.grow_map(64 << 20) && !fill()) {
  }
  EXPECT_EQ(messages("bob").records.size(), 2'000u);
}

TEST_F(Archive, HoldsNoMoreThanTheNumberOfRecords) {
  limits_.records = 10;
  add_many("bob", 1, 25);
  add_cursor("bob", 25);
  fill();
  EXPECT_EQ(messages("bob").first, 16u);
  ASSERT_EQ(trimmed_.size(), 1u);
  EXPECT_EQ(trimmed_[0].first, 16u);
  add_many("bob", 26, 26);
  add_cursor("bob", 26);
  fill();
  EXPECT_EQ(messages("bob").first, 17u);
}

TEST_F(Archive, HoldsNoMoreThanTheNumberOfBytes) {
  limits_.bytes = 10 * Letter{.mseq = 10}.encoded().size();
  add_many("bob", 1, 25);
  add_cursor("bob", 25);
  fill();
  EXPECT_EQ(messages("bob").first, 16u);
}

TEST_F(Archive, KeepsWhatNobodyHasReceived) {
  limits_.records = 5;
  limits_.age_ms = kDayMs;
  add_many("bob", 1, 20);
  fill(kLettersTimeMs + 100 * kDayMs);
  sweep(kLettersTimeMs + 100 * kDayMs);
  EXPECT_EQ(messages("bob").first, 1u) << "no device has ever come";
  add_cursor("bob", 12);
  fill(kLettersTimeMs + 100 * kDayMs);
  EXPECT_EQ(messages("bob").first, 13u);
  EXPECT_EQ(reading().mailbox({"bob"}).count_sum_at_cursor, 12u);
}

TEST_F(Archive, OwnCopiesHaveNoRightToStay) {
  limits_.records = 2;
  for (wire::Mseq mseq = 1; mseq <= 5; ++mseq) {
    add({.mseq = mseq, .from = "bob", .to = "alice", .source_log = 9, .source_lsn = mseq});
  }
  add({.mseq = 6});
  fill();
  EXPECT_EQ(messages("bob").first, 5u);
}

TEST_F(Archive, TrimsByAgeWhenTheSweepComes) {
  add_many("bob", 1, 5, kLettersTimeMs);
  add_many("bob", 6, 9, kLettersTimeMs + 10 * kDayMs);
  add_cursor("bob", 9);
  for (int n = 0; n < 600; ++n) add({.owner = "u" + std::to_string(n), .mseq = 1});
  fill();
  sweep(kLettersTimeMs + 91 * kDayMs);
  EXPECT_EQ(messages("bob").first, 6u);
  EXPECT_EQ(mseqs_of(messages("bob").records), (std::vector<wire::Mseq>{6, 7, 8, 9}));
  sweep(kNoWallTime);
  EXPECT_EQ(messages("bob").first, 6u);
  sweep(kLettersTimeMs + 101 * kDayMs);
  EXPECT_EQ(messages("bob").first, 10u) << "numbers go on after all is gone";
  add_many("bob", 10, 10, kLettersTimeMs + 101 * kDayMs);
  fill(kLettersTimeMs + 101 * kDayMs);
  EXPECT_EQ(mseqs_of(messages("bob").records), (std::vector<wire::Mseq>{10}));
}

TEST_F(Archive, ALongMailboxIsTrimmedInSlices) {
  add_many("bob", 1, 6'000);
  fill();
  limits_.records = 10;
  add_cursor("bob", 6'000);
  fill();
  EXPECT_GT(trimmed_.back().first, 1u);
  EXPECT_LT(trimmed_.back().first, 5'000u);
  sweep();
  EXPECT_EQ(trimmed_.back().first, 5'991u);
  EXPECT_EQ(messages("bob").records.size(), 10u);
  EXPECT_EQ(reading().history({"bob", "alice", wire::kNoMseq, 50, 1 << 20}).records.size(), 10u);
}

TEST_F(Archive, RemembersIdsForSevenDaysWhateverIsTrimmed) {
  limits_.records = 1;
  add_many("bob", 1, 9);
  add_cursor("bob", 9);
  add_many("carol", 1, 3, kLettersTimeMs + 2 * kDayMs);
  fill();
  EXPECT_EQ(messages("bob").records.size(), 1u);
  sweep(kLettersTimeMs + 6 * kDayMs);
  EXPECT_EQ(remembered("bob"), 9u);
  sweep(kLettersTimeMs + 8 * kDayMs);
  EXPECT_EQ(remembered("bob"), 0u) << "the newest of the pair is older than 7 days";
  EXPECT_EQ(remembered("carol"), 3u);
  sweep(kNoWallTime);
  EXPECT_EQ(remembered("carol"), 3u);
}

TEST_F(Archive, ForgetsIdsBeforeTheLastThatCount) {
  add_many("bob", 1, 3'000);
  add_many("carol", 1, 5);
  fill();
  sweep();
  MDB_stat stat;
  const ReadTransaction reading(tables_->environment);
  mdb_stat(reading.get(), tables_->remembered, &stat);
  EXPECT_EQ(stat.ms_entries, wire::kRememberedIdsMax + 5);
}

TEST_F(Archive, ADamagedMessageIsToldAsTrimmedNeverGiven) {
  add_many("bob", 1, 9);
  fill();
  damage(tables_->messages, message_key("bob", 4));
  EXPECT_EQ(mseqs_of(messages("bob").records), (std::vector<wire::Mseq>{1, 2, 3}));
  const wire::MessagesLoaded beyond = messages("bob", 3);
  EXPECT_EQ(beyond.first, 5u);
  EXPECT_EQ(mseqs_of(beyond.records), (std::vector<wire::Mseq>{5, 6, 7, 8, 9}));
  EXPECT_EQ(reading().history({"bob", "", wire::kNoMseq, 50, 1 << 20}).records.size(), 8u);
  EXPECT_EQ(reading().history({"bob", "alice", wire::kNoMseq, 50, 1 << 20}).records.size(), 8u);
  damage(tables_->messages, message_key("bob", 9));
  EXPECT_EQ(messages("bob", 8).first, 10u);
}

TEST_F(Archive, ADamagedIdIsForgottenAlone) {
  add_many("bob", 1, 9);
  fill();
  damage(tables_->remembered, remembered_key("bob", "alice", "phone", 5));
  EXPECT_EQ(remembered("bob"), 8u);
}

TEST_F(Archive, ADamagedMailboxIsToldFromItsMessages) {
  limits_.records = 5;
  add_many("bob", 1, 9);
  add_cursor("bob", 9);
  fill();
  damage(tables_->mailboxes, owner_key("bob"));
  const wire::MailboxLoaded mailbox = reading().mailbox({"bob"});
  EXPECT_EQ(mailbox.head, 9u);
  EXPECT_EQ(mailbox.first, 5u);
  EXPECT_EQ(mailbox.count_sum, 9u);
  add_many("bob", 10, 11);
  fill();
  EXPECT_EQ(mseqs_of(messages("bob").records), (std::vector<wire::Mseq>{5, 6, 7, 8, 9, 10, 11}));
}

TEST_F(Archive, ADamagedPositionOfCopiesIsToldFromTheCopies) {
  for (wire::Mseq mseq = 1; mseq <= 5; ++mseq) {
    add({.mseq = mseq, .from = "bob", .to = "alice", .source_log = 9, .source_lsn = 10 * mseq});
  }
  fill();
  damage(tables_->positions, source_key(9));
  EXPECT_EQ(LmdbArchive(*tables_).sources().at(9), 50u);
}

TEST_F(Archive, ThatIsWholeIsNotReported) {
  limits_.records = 5;
  add_many("alice", 1, 9);  // the first ones are trimmed, their ids are not
  add_many("bob", 1, 3);
  add({.owner = "bob", .mseq = 4, .from = "bob", .to = "alice", .source_log = 9, .source_lsn = 1});
  add_many("bob", 5, 7);
  fill();
  EXPECT_EQ(reports(), 0u);
}

TEST_F(Archive, AnIdUnderAKeyThatNoMessageHasIsReported) {
  const auto key = [](const wire::Bytes& sender, wire::Mseq mseq) {
    return remembered_key("bob", sender, "phone", mseq);
  };
  add_many("bob", 1, 8);
  add({.owner = "bob", .mseq = 9, .from = "bob", .to = "alice", .source_log = 9, .source_lsn = 1});
  fill();
  move(tables_->remembered, key("alice", 5), key("alicf", 5));
  EXPECT_EQ(reports(), 1u);
  move(tables_->remembered, key("alicf", 5), key("alice", 9));  // of a message of bob's own
  EXPECT_EQ(reports(), 1u);
  move(tables_->remembered, key("alice", 9), key("alice", 10));  // of none
  EXPECT_EQ(reports(), 1u);
  move(tables_->remembered, key("alice", 10), key("alice", 5));
  EXPECT_EQ(reports(), 0u);
}

TEST_F(Archive, AnIdAfterALostMessageIsStillTold) {
  add_many("bob", 1, 9);
  fill();
  erase(tables_->messages, message_key("bob", 4));
  erase(tables_->peers, peer_key("bob", "alice", 4));
  erase(tables_->remembered, remembered_key("bob", "alice", "phone", 4));
  EXPECT_EQ(reports(), 1u);  // the message
  move(tables_->remembered, remembered_key("bob", "alice", "phone", 5),
       remembered_key("bob", "alice", "phone", 4));
  EXPECT_EQ(reports(), 2u);
}

TEST_F(Archive, AnIndexOfConversationsThatIsNotItsMessagesIsReported) {
  add_many("bob", 1, 9);
  fill();
  move(tables_->peers, peer_key("bob", "alice", 5), peer_key("bob", "alicf", 5));
  EXPECT_EQ(reports(), 1u);
  move(tables_->peers, peer_key("bob", "alicf", 5), peer_key("bob", "alice", 21));
  EXPECT_EQ(reports(), 1u);
}

TEST_F(Archive, CopiesStayUntilTheyAreThere) {
  slots_ = wire::SlotMap::fresh(2, 0);
  const wire::RankId target = slots_.home("alice");
  const wire::RankId self = target == 0 ? 1 : 0;
  add_many("bob", 1, 4);
  ArchivePortion portion;
  portion.first = 1;
  portion.records.assign(records_.begin(), records_.end());
  portion.copied = {{target, 1}};
  ASSERT_TRUE(fill_archive(*tables_, {slots_, self, limits_}, portion, 0, trimmed_));
  // The tail begins where the archive ends.
  RecordLog log(5);
  const Tail tail(log, slots_, self);
  const LmdbArchive archive(*tables_);
  const Reading reading(tail, archive);
  EXPECT_EQ(reading.copies({target, 0, 1 << 20}).lsns, (std::vector<wire::Lsn>{2, 3, 4}));
  const wire::Bytes copied = wire::encoded_record(wire::CopiedRecord{target, 3});
  portion.first = 5;
  portion.records = {copied};
  portion.copied.clear();
  ASSERT_TRUE(fill_archive(*tables_, {slots_, self, limits_}, portion, 0, trimmed_));
  EXPECT_EQ(reading.copies({target, 0, 1 << 20}).lsns, (std::vector<wire::Lsn>{4}));
  EXPECT_EQ(archive.copied().at(target), 3u);
}

}  // namespace
}  // namespace trunkline::persistence
