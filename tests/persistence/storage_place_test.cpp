#include "persistence/storage_place.h"

#include <gmock/gmock.h>

#include <map>

namespace trunkline::persistence {
namespace {

using testing::HasSubstr;
using wire::Storage;

Environ with(std::map<std::string, std::string> variables) {
  return [variables](const char* name) {
    const auto at = variables.find(name);
    return at == variables.end() ? nullptr : at->second.c_str();
  };
}

TEST(StoragePlace, ADiskOutsideOfAJobNeedsNoWord) {
  EXPECT_EQ(storage_warning(Storage::disk, "/srv/trunkline", with({})), "");
  EXPECT_EQ(storage_warning(Storage::disk, "/tmp/trunkline", with({{"TMPDIR", "/tmp"}})), "");
}

TEST(StoragePlace, MemoryIsTakenByAPowerCut) {
  const std::string warning = storage_warning(Storage::tmpfs, "/dev/shm/x", with({}));
  EXPECT_THAT(warning, HasSubstr("/dev/shm/x lies in memory (tmpfs): a power cut"));
  EXPECT_THAT(warning, HasSubstr("trunkline admin dump"));
  EXPECT_THAT(storage_warning(Storage::memory, "", with({})), HasSubstr("gone when the ranks end"));
}

TEST(StoragePlace, DirectoriesOfAJobGoWithIt) {
  const auto warns = [](const std::string& path, std::map<std::string, std::string> variables) {
    return storage_warning(Storage::disk, path, with(std::move(variables)))
               .find("the end of the job may take it") != std::string::npos;
  };
  EXPECT_TRUE(warns("/local/x/data", {{"SLURM_JOB_ID", "4711"}, {"TMPDIR", "/local/x/"}}));
  EXPECT_TRUE(warns("/tmp/data", {{"SLURM_JOB_ID", "4711"}}));
  EXPECT_TRUE(warns("/scratch/4711/data", {{"SLURM_JOB_ID", "4711"}}));
  EXPECT_TRUE(warns("/jobfs/me.4711.node1/data", {{"PBS_JOBID", "4711.server"}}));
  EXPECT_TRUE(warns("/lsf/tmp/data", {{"LSB_JOBID", "9"}, {"TMPDIR", "/lsf/tmp"}}));
  EXPECT_FALSE(warns("/scratch/47112/data", {{"SLURM_JOB_ID", "4711"}}));
  EXPECT_FALSE(warns("/home/me/data", {{"SLURM_JOB_ID", "4711"}, {"TMPDIR", "/local/x"}}));
  EXPECT_FALSE(warns("/local/xy/data", {{"SLURM_JOB_ID", "4711"}, {"TMPDIR", "/local/x"}}));
}

}  // namespace
}  // namespace trunkline::persistence
