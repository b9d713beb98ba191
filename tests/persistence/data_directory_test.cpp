#include "persistence/data_directory.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "persistence/state_tables.h"
#include "tests/persistence/lmdb_fixture.h"

namespace trunkline::persistence {
namespace {

using testing::HasSubstr;

// Each story: data is made, something is changed, and opening says what is wrong.
class OpeningData : public LmdbStoreTest {
 protected:
  OpeningData() {
    config_.slots = wire::SlotMap::fresh(2, 0);
    open();
    user().append_many("bob", 1, 3);
    user().settle();
    close();
  }
};

TEST_F(OpeningData, SucceedsWhereNothingWasChanged) {
  EXPECT_EQ(refusal(), "");
}

TEST_F(OpeningData, ASecondProcessIsRefusedAndTheFirstIsNamed) {
  ChildProcess child([this](int up, int told) {
    LmdbStore store(config_);
    say(up, 1);
    wait_for_parent(told);
  });
  ASSERT_EQ(child.hear(), 1u);
  EXPECT_THAT(refusal(), HasSubstr("in use by process " + std::to_string(child.pid())));
  child.kill();
  child.wait();
  EXPECT_EQ(refusal(), "") << "a dead process holds nothing";
}

TEST_F(OpeningData, AnotherRankOrNumberOfRanksIsRefused) {
  config_.self = 1;
  EXPECT_THAT(refusal(), HasSubstr("data of rank 0 of 2, and this is rank 1 of 2"));
  config_.self = 0;
  config_.slots = wire::SlotMap::fresh(4, 0);
  EXPECT_THAT(refusal(), HasSubstr("start 2 ranks"));
}

TEST_F(OpeningData, AnotherClustersDirectoryIsRefused) {
  config_.pepper = std::array<unsigned char, 32>{9};
  EXPECT_THAT(refusal(), HasSubstr("another cluster"));
}

TEST_F(OpeningData, ThePepperOfTheClusterIsTakenWhenTheDataIsMade) {
  config_.directory += "-other";
  config_.pepper = std::array<unsigned char, 32>{9};
  open();
  EXPECT_EQ(store_->opened().pepper, *config_.pepper);
}

TEST_F(OpeningData, ANewerSchemaIsRefused) {
  {
    StateTables state(file("state.mdb"), config_.state_map_bytes, {0, config_.slots, {}},
                      Opening::expect);
    Identity identity = state.identity();
    identity.schema = kSchemaVersion + 1;
    WriteTransaction transaction(state.environment);
    transaction.put(state.meta, kIdentityKey, sealed(identity));
    ASSERT_TRUE(transaction.commit());
  }
  EXPECT_THAT(refusal(), HasSubstr("schema 2, this build knows 1; run the newer version"));
}

TEST_F(OpeningData, FilesThatDoNotBelongTogetherAreRefused) {
  const LmdbConfig ours = config_;
  config_.directory += "-other";
  open();
  close();
  std::filesystem::copy(file("archive.mdb"), ours.directory + "/data/archive.mdb",
                        std::filesystem::copy_options::overwrite_existing);
  config_ = ours;
  EXPECT_THAT(refusal(), HasSubstr("put the files of one directory back together"));
}

TEST_F(OpeningData, AMissingStateIsRefused) {
  std::filesystem::remove(file("state.mdb"));
  EXPECT_THAT(refusal(), HasSubstr("holds no identity"));
}

TEST_F(OpeningData, AMissingLogIsRefusedNotBegunAgain) {
  std::filesystem::remove(file("log.mdb"));
  EXPECT_THAT(refusal(), HasSubstr("does not belong to state.mdb"));
}

TEST_F(OpeningData, WhatWasHalfMadeIsMadeAgain) {
  config_.directory += "-other";
  std::filesystem::create_directories(config_.directory + "/data.new");
  std::ofstream(config_.directory + "/data.new/state.mdb") << std::string(8'192, '\0');
  EXPECT_EQ(refusal(), "");
}

TEST_F(OpeningData, AFileThatIsNotLmdbsIsRefused) {
  std::ofstream(file("log.mdb"), std::ios::trunc) << std::string(20'000, 'x');
  EXPECT_THAT(refusal(), HasSubstr("log.mdb: page 0 (it is not one of LMDB's) is damaged"));
}

TEST_F(OpeningData, ADamagedLogRecordIsRefusedAndNamed) {
  {
    Environment environment(file("log.mdb"), config_.log_map_bytes, 2);
    const auto handles = open_databases(environment, {"records"});
    WriteTransaction transaction(environment);
    wire::Bytes record = Letter{.mseq = 2}.encoded();
    record[100] = static_cast<char>(record[100] ^ 1);
    transaction.put(handles[0], lsn_key(2), record);
    ASSERT_TRUE(transaction.commit());
  }
  EXPECT_THAT(refusal(), HasSubstr("record 2 of the log is damaged (bad_checksum)"));
}

TEST_F(OpeningData, AMissingLogRecordIsRefusedAndNamed) {
  {
    Environment environment(file("log.mdb"), config_.log_map_bytes, 2);
    const auto handles = open_databases(environment, {"records"});
    WriteTransaction transaction(environment);
    transaction.erase(handles[0], lsn_key(2));
    ASSERT_TRUE(transaction.commit());
  }
  EXPECT_THAT(refusal(), HasSubstr("record 2 of the log is damaged (is missing)"));
}

TEST_F(OpeningData, AFileInPlaceOfADirectoryIsRefused) {
  config_.directory += "/lock";
  EXPECT_THAT(refusal(), HasSubstr("is not a directory"));
}

TEST_F(OpeningData, ADirectoryThatOthersMayWriteIsRefused) {
  std::filesystem::permissions(config_.directory, std::filesystem::perms::group_write,
                               std::filesystem::perm_options::add);
  EXPECT_THAT(refusal(), HasSubstr("can be written by other users; chmod 700 it"));
}

TEST_F(OpeningData, AnotherUsersDirectoryIsRefused) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a directory away";
  ASSERT_EQ(chown(config_.directory.c_str(), 65'534, 65'534), 0);
  EXPECT_THAT(refusal(), HasSubstr("belongs to user 65534; give it to user 0 (chown)"));
}

TEST_F(OpeningData, WithoutPermissionItSaysWhoNeedsIt) {
  ChildProcess child([this](int, int) {
    std::filesystem::permissions(directory_.path(), std::filesystem::perms::owner_all);
    if (geteuid() == 0) {
      ASSERT_EQ(seteuid(65'534), 0);
    } else {
      std::filesystem::permissions(config_.directory, std::filesystem::perms::none);
    }
    EXPECT_THAT(refusal(), HasSubstr("Permission denied; give it to user"));
  });
  EXPECT_EQ(child.wait(), 0);
}

TEST_F(OpeningData, AnEpochIsServedOnce) {
  open();
  EXPECT_EQ(store_->opened().epoch, 1u);
  close();
  LmdbStore store(config_);
  EXPECT_EQ(store.opened().epoch, 2u);
  EXPECT_THROW(store.begin(2), std::runtime_error);
}

TEST(StorageClass, IsToldByTheFileSystem) {
  EXPECT_EQ(storage_of(0xef53, "ext4"), wire::Storage::disk);
  EXPECT_EQ(storage_of(0x58465342, "xfs"), wire::Storage::disk);
  EXPECT_EQ(storage_of(0x01021994, "tmpfs"), wire::Storage::tmpfs);
}

TEST(StorageClass, FileSystemsThatCrossHostsAreRefused) {
  for (const std::uint64_t type :
       {0x6969u, 0x517bu, 0xff534d42u, 0xfe534d42u, 0x0bd00bd0u, 0x47504653u, 0x01021997u,
        0x00c36400u, 0x65735546u, 0x5346414fu, 0x19830326u}) {
    EXPECT_THROW(storage_of(type, "/data"), std::runtime_error) << std::hex << type;
  }
}

TEST_F(OpeningData, ANetworkFileSystemIsRefusedBeforeAnythingIsWritten) {
  config_.directory += "-nfs";
  config_.file_system = [](const std::string&) { return 0x6969; };
  EXPECT_THAT(refusal(), HasSubstr("is on NFS"));
  EXPECT_TRUE(std::filesystem::is_empty(config_.directory));
}

}  // namespace
}  // namespace trunkline::persistence
