// From data to a dump and back: what a cluster of two ranks has stored is there again, whatever the
// number of ranks, and what cannot be trusted leaves no trace.
#include "persistence/dump_cluster.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "persistence/dump_file.h"
#include "persistence/restore_cluster.h"
#include "tests/persistence/child_process.h"
#include "tests/persistence/store_verbs.h"

namespace trunkline::persistence {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using wire::Bytes;
using wire::BytesView;

namespace fs = std::filesystem;

constexpr wire::Epoch kServed = 7;

// A name whose home is `rank` of two.
Bytes name_at(wire::RankId rank, const Bytes& prefix) {
  const wire::SlotMap slots = wire::SlotMap::fresh(2, 0);
  for (int i = 0;; ++i) {
    Bytes name = prefix + std::to_string(i);
    if (slots.home(name) == rank) return name;
  }
}

template <class Act>
std::string refusal_of(Act act) {
  try {
    act();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

// A store that is open, and who uses it.
struct OpenRank {
  OpenRank(const std::string& data, wire::RankId self, std::size_t ranks, std::size_t tail,
           const std::optional<std::array<unsigned char, 32>>& pepper = {},
           const RetentionLimits& retention = {})
      : store(config(data, self, ranks, tail, pepper, retention)), user(store) {}
  static LmdbConfig config(const std::string& data, wire::RankId self, std::size_t ranks,
                           std::size_t tail,
                           const std::optional<std::array<unsigned char, 32>>& pepper,
                           const RetentionLimits& retention) {
    LmdbConfig config;
    config.directory = data + "/rank-" + std::to_string(self);
    config.self = self;
    config.slots = wire::SlotMap::fresh(ranks, 0);
    config.pepper = pepper;
    config.tail_records = tail;
    config.retention = retention;
    config.ballast_bytes = 1 << 20;
    config.clock = [] { return wire::Now{0, kLettersTimeMs}; };
    return config;
  }
  LmdbStore store;
  StoreUser<LmdbStore> user;
};

// Alice at rank 0 has written five messages to Bob at rank 1; three of her copies have come home.
// Records kept in the log's tail: all, or none.
class Dump : public testing::TestWithParam<std::size_t> {
 protected:
  Dump() { make(data(), GetParam()); }

  std::string data() const { return directory_.path() + "/data"; }
  std::string other(const std::string& name) const { return directory_.path() + "/" + name; }

  void make(const std::string& data, std::size_t tail, const RetentionLimits& retention = {}) {
    OpenRank home_of_alice(data, 0, 2, tail);
    const auto pepper = home_of_alice.store.opened().pepper;
    OpenRank home_of_bob(data, 1, 2, tail, pepper, retention);
    home_of_alice.store.begin(kServed);
    home_of_bob.store.begin(kServed - 1);
    home_of_alice.user.submit(wire::PutAccount{an_account(alice_)});
    home_of_bob.user.submit(wire::PutAccount{an_account(bob_, 3)});
    home_of_bob.user.append(wire::encoded_record(wire::CursorRecord{bob_, "desk", 3, 1, false}));
    for (wire::Mseq mseq = 1; mseq <= 5; ++mseq) {
      home_of_bob.user.append({.owner = bob_, .mseq = mseq, .from = alice_});
    }
    for (wire::Mseq mseq = 1; mseq <= 3; ++mseq) {
      home_of_alice.user.append({.owner = alice_,
                                 .mseq = mseq,
                                 .from = alice_,
                                 .to = bob_,
                                 .source_log = home_of_bob.store.opened().log,
                                 .source_lsn = mseq + 1});
    }
    // Alice's home has confirmed only two of them.
    home_of_bob.user.append(wire::encoded_record(wire::CopiedRecord{0, 3}));
    home_of_alice.user.settle();
    home_of_bob.user.settle();
    if (tail > 0) return;
    for (OpenRank* rank : {&home_of_alice, &home_of_bob}) {
      const std::uint64_t all = rank == &home_of_bob ? 7 : 3;
      rank->user.wait_until([&] { return rank->store.counters().archived == all; });
    }
  }

  Bytes dumped(const std::string& data) {
    DumpCluster cluster(data);
    copies_ = cluster.copies();
    Bytes file;
    DumpWriter writer(cluster.header(1), [&](BytesView bytes) { file.append(bytes); });
    losses_ = cluster.write(writer, [] {});
    writer.finish();
    digest_ = writer.digest();
    return file;
  }
  void restore(BytesView file, RestoreOptions options) {
    RestoreCluster target(std::move(options));
    const auto problem = read_dump(file, [&](const DumpItem& item) { target.take(item); });
    if (problem) throw std::runtime_error(to_string(*problem));
    target.finish();
  }

  const Bytes alice_ = name_at(0, "alice");
  const Bytes bob_ = name_at(1, "bob");
  const tests::TemporaryDirectory directory_;
  std::uint64_t copies_ = 0;
  DumpLosses losses_;
  DumpDigest digest_{};
};

TEST_P(Dump, HoldsTheSameOnAnyNumberOfRanks) {
  const Bytes file = dumped(data());
  const DumpDigest digest = digest_;
  EXPECT_EQ(copies_, 2u) << "the third had come home, though nobody had confirmed it";
  EXPECT_EQ(losses_.messages + losses_.accounts + losses_.remembered_ids, 0u);
  for (const std::size_t ranks : {1u, 2u, 3u, 4u}) {
    const std::string restored = other("restored-" + std::to_string(ranks));
    restore(file, {restored, ranks, false, 0});
    dumped(restored);
    EXPECT_EQ(digest_, digest) << ranks;
    EXPECT_EQ(copies_, 0u);

    std::optional<std::array<unsigned char, 32>> pepper;
    std::vector<std::unique_ptr<OpenRank>> homes;
    for (wire::RankId rank = 0; rank < ranks; ++rank) {
      homes.push_back(std::make_unique<OpenRank>(restored, rank, ranks, GetParam(), pepper));
      const wire::StoreOpened& opened = homes[rank]->store.opened();
      pepper = opened.pepper;
      EXPECT_EQ(opened.epoch, kServed) << "the next job has a higher one";
      EXPECT_THAT(opened.copy_sources, IsEmpty());
      EXPECT_THAT(opened.copy_targets, IsEmpty());
      homes[rank]->store.begin(opened.epoch + 1);
      for (wire::RankId target = 0; target < ranks; ++target) {
        EXPECT_THAT(homes[rank]->user.copies(target).records, IsEmpty());
      }
    }
    const wire::SlotMap slots = wire::SlotMap::fresh(ranks, 0);
    auto& of_bob = homes[slots.home(bob_)]->user;
    const wire::MailboxLoaded mailbox = of_bob.mailbox(bob_);
    EXPECT_EQ(mailbox.account, an_account(bob_, 3));
    EXPECT_EQ(mailbox.head, 5u);
    EXPECT_EQ(mailbox.count_sum, 5u);
    EXPECT_EQ(mailbox.count_sum_at_cursor, 3u);
    ASSERT_THAT(mailbox.cursors, SizeIs(1));
    EXPECT_EQ(mailbox.cursors[0].mseq, 3u);
    EXPECT_THAT(mseqs_of(of_bob.messages(bob_).records), ElementsAre(1, 2, 3, 4, 5));
    EXPECT_THAT(mseqs_of(of_bob.history(bob_, alice_).records), ElementsAre(1, 2, 3, 4, 5));
    EXPECT_THAT(of_bob.remembered(bob_, alice_), SizeIs(5));
    auto& of_alice = homes[slots.home(alice_)]->user;
    EXPECT_THAT(mseqs_of(of_alice.messages(alice_).records), ElementsAre(1, 2, 3, 4, 5));
    EXPECT_THAT(of_alice.remembered(alice_, alice_), IsEmpty()) << "copies are nobody's ids";
    // It goes on where it was.
    of_bob.append({.owner = bob_, .mseq = 6, .from = alice_});
    of_bob.settle();
    EXPECT_THAT(mseqs_of(of_bob.messages(bob_, 4).records), ElementsAre(5, 6));
  }
}

TEST_P(Dump, ChangesNothing) {
  const Bytes file = dumped(data());
  EXPECT_EQ(dumped(data()), file);
}

TEST_P(Dump, PrintsOfAnotherKeyBecomeThoseOfTheCluster) {
  // As data was made before the key came from the pepper.
  wire::PrintKey cluster_key{};
  {
    const std::string state_file = data() + "/rank-1/data/state.mdb";
    StateTables state(state_file, std::size_t{1} << 30, {1, wire::SlotMap::fresh(2, 0), {}},
                      Opening::expect);
    Identity identity = state.identity();
    cluster_key = print_key_of(identity.pepper);
    EXPECT_EQ(identity.print_key, cluster_key);
    identity.print_key[0] ^= 1;
    WriteTransaction transaction(state.environment);
    transaction.put(state.meta, kIdentityKey, sealed(identity));
    ASSERT_TRUE(transaction.commit());
  }
  std::size_t seen = 0;
  const auto problem = read_dump(dumped(data()), [&](const DumpItem& item) {
    const auto* message = std::get_if<DumpMessage>(&item);
    if (message == nullptr || message->decoded.owner != bob_) return;
    const wire::MessageView& said = message->decoded.message;
    EXPECT_EQ(message->decoded.print, wire::print_of(cluster_key, said.id, said.body));
    ++seen;
  });
  EXPECT_FALSE(problem);
  EXPECT_EQ(seen, 5u);
}

TEST_P(Dump, RewoundGivesNewNumbersAndAHigherEpoch) {
  restore(dumped(data()), {other("restored"), 1, true, 1'800'000'000'000});
  const OpenRank home(other("restored"), 0, 1, 0);
  EXPECT_GT(home.store.opened().epoch, kServed + 1000u);
  wire::Loaded loaded;
  ASSERT_TRUE(const_cast<LmdbStore&>(home.store).load({1, wire::LoadMailbox{bob_}}, loaded));
  const Bytes account = std::get<wire::MailboxLoaded>(loaded.what).account;
  EXPECT_NE(wire::decode_account(account)->mailbox, wire::decode_account(an_account("x"))->mailbox);
}

TEST_P(Dump, IdsThatOutliveTheirMessagesAreKept) {
  const std::string trimmed = other("trimmed");
  RetentionLimits two;
  two.records = 2;
  make(trimmed, 0, two);
  const Bytes file = dumped(trimmed);
  const DumpDigest digest = digest_;
  restore(file, {other("restored"), 3, false, 0});
  dumped(other("restored"));
  EXPECT_EQ(digest_, digest);
  OpenRank home(other("restored"), wire::SlotMap::fresh(3, 0).home(bob_), 3, 0);
  EXPECT_THAT(mseqs_of(home.user.messages(bob_).records), ElementsAre(4, 5));
  EXPECT_EQ(home.user.messages(bob_).first, 4u);
  EXPECT_THAT(home.user.remembered(bob_, alice_), SizeIs(5));
}

TEST_P(Dump, OfARunningClusterIsRefusedAndTheProcessNamed) {
  ChildProcess rank([this](int up, int told) {
    const DirectoryLock lock(data() + "/rank-1", kDataLock, "");
    say(up, 1);
    wait_for_parent(told);
  });
  ASSERT_EQ(rank.hear(), 1u);
  EXPECT_THAT(refusal_of([this] { DumpCluster cluster(data()); }),
              HasSubstr("in use by process " + std::to_string(rank.pid()) + "; stop that one"));
  rank.kill();
  rank.wait();
  EXPECT_EQ(refusal_of([this] { DumpCluster cluster(data()); }), "");
}

TEST_P(Dump, OfAPartOfTheRanksIsRefused) {
  fs::remove_all(data() + "/rank-1");
  EXPECT_THAT(refusal_of([this] { DumpCluster cluster(data()); }),
              HasSubstr("rank-1 is not there"));
  EXPECT_THAT(refusal_of([this] { DumpCluster cluster(other("nothing")); }),
              HasSubstr("holds no data of rank 0"));
}

TEST_P(Dump, IsRestoredIntoAnEmptyDirectoryOnly) {
  const Bytes file = dumped(data());
  const std::string before = tests::content_of(data() + "/rank-0/data/state.mdb");
  EXPECT_THAT(refusal_of([&] {
                restore(file, {data(), 2, false, 0});
              }),
              HasSubstr("an empty directory only; give another one (--data)"));
  EXPECT_EQ(tests::content_of(data() + "/rank-0/data/state.mdb"), before);
  const std::string empty = other("empty");
  fs::create_directory(empty);
  EXPECT_EQ(refusal_of([&] { restore(file, {empty, 2, false, 0}); }), "");
}

TEST_P(Dump, WhatAKilledRestoreLeftIsMadeAnew) {
  const std::string half = other("half") + "/restoring/rank-0";
  fs::create_directories(half);
  std::ofstream(half + "/data") << "half";
  EXPECT_EQ(refusal_of([this] { restore(dumped(data()), {other("half"), 2, false, 0}); }), "");
  EXPECT_FALSE(fs::exists(other("half") + "/restoring"));
}

TEST_P(Dump, TwoRestoresIntoOneDirectoryAreRefused) {
  const RestoreCluster first({other("restored"), 2, false, 0});
  EXPECT_THAT(refusal_of([this] {
                restore(dumped(data()), {other("restored"), 2, false, 0});
              }),
              HasSubstr("in use by process " + std::to_string(getpid())));
}

TEST_P(Dump, CutOffOrChangedItLeavesNothingBehind) {
  const Bytes file = dumped(data());
  std::vector<Bytes> broken;
  for (std::size_t at = kDumpPreambleBytes; at < file.size();) {
    broken.push_back(file.substr(0, at));  // at each end of a chunk
    at += kDumpChunkHeaderBytes + wire::load_le<std::uint32_t>(file.data() + at);
  }
  std::mt19937 random(17);
  for (int i = 0; i < 8; ++i) {
    Bytes changed = file;
    char& byte = changed[random() % file.size()];
    byte = static_cast<char>(byte ^ 1 << random() % 8);
    broken.push_back(std::move(changed));
  }
  for (const Bytes& bytes : broken) {
    EXPECT_NE(refusal_of([&] { restore(bytes, {other("restored"), 2, false, 0}); }), "");
    EXPECT_FALSE(fs::exists(other("restored")));
  }
}

INSTANTIATE_TEST_SUITE_P(FromLogAndArchive, Dump,
                         testing::Values(std::size_t{4'096}, std::size_t{0}), [](const auto& tail) {
                           return tail.param == 0 ? "Archived" : "InTheLog";
                         });

TEST(DumpFile, TakesThePlaceOfAnOlderDumpButOfNothingElse) {
  const tests::TemporaryDirectory directory;
  const std::string path = directory.path() + "/dump";
  const auto write = [&](wire::BytesView user) {
    DumpFileOut out(path);
    DumpWriter writer({0, 1, 1, {}}, [&](BytesView bytes) { out.put(bytes); });
    const Bytes account = an_account(user);
    writer.add(DumpAccount{account, *wire::decode_account(account)});
    writer.finish();
    out.finish(writer.digest());
    return writer.digest();
  };
  write("alice");
  const DumpDigest second = write("bob");
  const auto nothing = [](auto&&) {};
  EXPECT_EQ(DumpFileIn(path).read(nothing, nothing), second);
  EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  std::ofstream(path, std::ios::trunc) << "a thesis";
  EXPECT_THAT(refusal_of([&] { write("eve"); }), HasSubstr("is there and is no dump"));
  EXPECT_EQ(tests::content_of(path), "a thesis");
  EXPECT_FALSE(fs::exists(path + ".new"));
}

TEST(DumpFile, UnfinishedIsTakenAway) {
  const tests::TemporaryDirectory directory;
  { DumpFileOut(directory.path() + "/dump").put("half"); }
  EXPECT_TRUE(fs::is_empty(directory.path()));
}

}  // namespace
}  // namespace trunkline::persistence
