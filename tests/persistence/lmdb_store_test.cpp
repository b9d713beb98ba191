#include "persistence/lmdb_store.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>

#include <random>

#include "persistence/archive_tables.h"
#include "persistence/log_tables.h"
#include "tests/persistence/lmdb_fixture.h"

namespace trunkline::persistence {
namespace {

constexpr auto kIsRoom = [](const wire::StoreEvent& event) {
  const auto* room = std::get_if<wire::RoomChanged>(&event);
  return room != nullptr && !room->full;
};

TEST_F(LmdbStoreTest, WhatWasAckedSurvivesKillNine) {
  config_.tail_records = 50;  // so that log, archive and trimming are all at work
  wire::Mseq acked = 0;
  for (int life = 0; life < 5; ++life) {
    ChildProcess child([&](int up, int) {
      open();
      for (wire::Mseq mseq = store_->opened().last_lsn + 1;; mseq += 7) {
        user().append_many("bob", mseq, mseq + 6);
        user().settle();
        say(up, mseq + 6);
      }
    });
    for (int n = 0; n < 60; ++n) acked = child.hear();
    child.kill();
    child.wait();
    open();
    const auto mseqs = mseqs_of(user().messages("bob", 0, 1'000'000).records);
    EXPECT_GE(mseqs.size(), acked);
    for (wire::Mseq mseq = 1; mseq <= mseqs.size(); ++mseq) ASSERT_EQ(mseqs[mseq - 1], mseq);
    EXPECT_EQ(user().mailbox("bob").head, store_->opened().last_lsn);
    close();
  }
  EXPECT_GT(acked, 2'000u);
}

TEST_F(LmdbStoreTest, TheArchiveFillsWhileAppendingAndTheLogIsTrimmed) {
  config_.tail_records = 100;
  open();
  constexpr wire::Mseq kMessages = 400;
  constexpr int kOwners = 30;
  std::mt19937 random(1);
  for (wire::Mseq mseq = 1; mseq <= kMessages; mseq += 4) {
    for (int owner = 0; owner < kOwners; ++owner) {
      user().append_many("owner" + std::to_string(owner), mseq, mseq + 3);
    }
    user().settle();
    // Wherever the border between archive and tail is just now, no answer shows it.
    const wire::Bytes owner = "owner" + std::to_string(random() % kOwners);
    const wire::Mseq after = random() % mseq;
    const auto mseqs = mseqs_of(user().messages(owner, after).records);
    ASSERT_EQ(mseqs.size(), mseq + 3 - after);
    for (std::size_t at = 0; at < mseqs.size(); ++at) ASSERT_EQ(mseqs[at], after + 1 + at);
    const auto page = user().history(owner, "alice", mseq, 10);
    ASSERT_EQ(page.records.size(), std::min<std::size_t>(10, mseq - 1));
  }
  user().wait_until([&] { return store_->counters().archived > kMessages * kOwners / 2; });
  for (wire::Mseq mseq = 1; mseq <= 100; ++mseq) {  // each trims some of it
    user().append_many("zoe", mseq, mseq);
    user().settle();
  }
  close();
  const LogTables log(file("log.mdb"), config_.log_map_bytes, LmdbStore(config_).opened().log,
                      Opening::expect);
  EXPECT_GT(log.range().first, kMessages * kOwners / 4);
  EXPECT_EQ(log.range().last, kMessages * kOwners + 100);
  open();
  for (int owner = 0; owner < kOwners; ++owner) {
    EXPECT_EQ(user().messages("owner" + std::to_string(owner)).records.size(), kMessages);
    EXPECT_EQ(user().remembered("owner" + std::to_string(owner), "alice").size(), kMessages);
  }
}

TEST_F(LmdbStoreTest, MapsGrowAsTheyFill) {
  config_.log_map_bytes = config_.archive_map_bytes = 1 << 20;
  config_.tail_records = 50;
  open();
  for (wire::Mseq mseq = 1; mseq <= 400; mseq += 20) {
    user().append_many("bob", mseq, mseq + 19, wire::Bytes(20'000, 'x'));
    user().settle();
  }
  EXPECT_TRUE(user().all<wire::TakenBack>().empty());
  EXPECT_EQ(user().messages("bob").records.size(), 400u);
}

TEST_F(LmdbStoreTest, ASmallBoundOfWhatIsNotArchivedHoldsNobodyForEver) {
  config_.unarchived_bytes_max = 256 << 10;  // below the tail
  open();
  for (wire::Mseq mseq = 1; mseq <= 100; ++mseq) {
    user().append_many("bob", mseq, mseq, wire::Bytes(20'000, 'x'));
    user().settle();
  }
  EXPECT_EQ(user().messages("bob").records.size(), 100u);
  user().wait_until([&] { return store_->counters().archived > 80; });
}

TEST_F(LmdbStoreTest, AFullMapRefusesUntilTheLogIsTrimmed) {
  config_.log_map_bytes = config_.log_map_bytes_max = 4 << 20;
  config_.tail_bytes = 64 << 20;  // nothing is archived, and so nothing trimmed
  open();
  user().append_many("bob", 1, 200, wire::Bytes(60'000, 'x'));
  user().settle();
  ASSERT_EQ(user().all<wire::TakenBack>().size(), 1u);
  ASSERT_FALSE(user().all<wire::Durable>().empty());
  const wire::Mseq head = user().all<wire::Durable>().back().last_lsn;
  EXPECT_EQ(user().mailbox("bob").head, head);
  store_->sweep();  // archives the tail
  user().wait_for(kIsRoom);
  for (wire::Mseq mseq = head + 1; mseq <= head + 50; ++mseq) {
    user().append_many("bob", mseq, mseq);
    user().settle();
  }
  EXPECT_EQ(user().mailbox("bob").head, head + 50);
}

// On a small disk of its own where this process may make one, else under a limit of file sizes.
TEST_F(LmdbStoreTest, AFullDiskRefusesServesReadsAndAcceptsAgain) {
  ChildProcess child([this](int, int) {
    std::optional<FileSizeLimit> limit;
    const std::string disk = directory_.path();
    const bool own_disk = unshare(CLONE_NEWNS) == 0 &&
                          mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                          mount("small", disk.c_str(), "tmpfs", 0, "size=80m") == 0;
    open();
    EXPECT_EQ(store_->opened().storage == wire::Storage::tmpfs, own_disk);
    user().append_many("bob", 1, 100);
    user().settle();
    const std::string filler = disk + "/filler";
    if (own_disk) {
      const int file = ::open(filler.c_str(), O_RDWR | O_CREAT, 0600);
      for (off_t size = 1 << 20; posix_fallocate(file, 0, size) == 0;) size += 1 << 20;
      ::close(file);
    } else {
      limit.emplace(16 << 20);
    }
    const wire::Mseq refused = user().append_until_taken_back("bob", 101);
    EXPECT_EQ(mseqs_of(user().messages("bob", refused - 3).records),
              (std::vector<wire::Mseq>{refused - 2, refused - 1}));
    limit.reset();
    unlink(filler.c_str());
    user().wait_for(kIsRoom);
    user().append_many("bob", refused, refused + 9);
    user().settle();
    open();
    EXPECT_EQ(user().mailbox("bob").head, refused + 9);
    close();
  });
  EXPECT_EQ(child.wait(), 0);
}

TEST_F(LmdbStoreTest, AFailedCommitEndsTheProcess) {
  const auto story = [this] {
    open();
    user().append_many("bob", 1, 1);
    user().settle();
    const FileSizeLimit below_what_is_allocated(4'096);
    user().append_many("bob", 2, 2);
    user().settle();
  };
  EXPECT_EXIT(story(), testing::ExitedWithCode(74), "STORE-FAILED committing");
  open();
  EXPECT_EQ(mseqs_of(user().messages("bob").records), (std::vector<wire::Mseq>{1}));
}

TEST_F(LmdbStoreTest, NumbersGoOnWhenTheLogIsEmpty) {
  config_.tail_records = 0;
  open();
  user().append_many("bob", 1, 10);
  user().settle();
  // Until the tail is empty, and the log trimmed by what comes after.
  for (wire::Mseq mseq = 11; store_->counters().archived < 10; ++mseq) {
    user().append_many("bob", mseq, mseq);
    user().settle();
  }
  const wire::Mseq head = user().mailbox("bob").head;
  for (int life = 0; life < 3; ++life) {
    open();
    EXPECT_EQ(store_->opened().last_lsn, head);
    EXPECT_EQ(user().mailbox("bob").head, head);
  }
}

TEST_F(LmdbStoreTest, AnEventDescriptorThatIsUpHasSomethingToTell) {
  open();
  for (int round = 0; round < 50; ++round) {
    pollfd waiting{store_->event_fd(), POLLIN, 0};
    std::vector<wire::StoreEvent> events;
    store_->poll(events);
    EXPECT_EQ(::poll(&waiting, 1, 0), 0) << "what was told is not rung again";
    user().append({.mseq = static_cast<wire::Mseq>(round + 1)});
    ASSERT_EQ(::poll(&waiting, 1, 20'000), 1);
    user().settle();
  }
}

}  // namespace
}  // namespace trunkline::persistence
