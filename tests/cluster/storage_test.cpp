// Where data lies is said in every place where somebody may look.
#include <gmock/gmock.h>
#include <sys/vfs.h>

#include <boost/json.hpp>

#include "lab/http_get.h"
#include "tests/cluster/front_door.h"
#include "tests/cluster/supervised_cluster.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/test_client.h"

namespace trunkline::tests {
namespace {

using testing::HasSubstr;

constexpr long kTmpfs = 0x01021994;
constexpr std::uint64_t kRoomBytes = 512 << 20;
constexpr const char* kInMemory = "/dev/shm";

TEST(Storage, InMemoryIsSaidInEveryPlace) {
  struct statfs info {};
  if (::statfs(kInMemory, &info) != 0 || info.f_type != kTmpfs ||
      info.f_bavail * static_cast<std::uint64_t>(info.f_bsize) < kRoomBytes) {
    GTEST_SKIP() << kInMemory << " is no tmpfs here, or a small one";
  }
  const TemporaryDirectory memory(kInMemory);
  SupervisedCluster cluster({.ranks = 2,
                             .edges = "fused",
                             .accounts = {"alice", "bob"},
                             .more = {"--profile", "lab"},
                             .environment = {"LSB_JOBID=4711"},
                             .data = memory.path() + "/data"});
  const std::string taken = memory.path() + "/data lies in memory (tmpfs): a power cut";
  const std::string where = " --run-dir " + cluster.run_directory();

  Room room;
  for (const auto protocol : {lab::Protocol::bin, lab::Protocol::json}) {
    TestClient alice(room, cluster.urls()[0], protocol);
    EXPECT_EQ(alice.login("alice", "phone").storage, wire::Storage::tmpfs);
  }
  const std::string status = run("status" + where).output;
  EXPECT_THAT(status, HasSubstr("storage tmpfs"));
  EXPECT_THAT(status, HasSubstr(taken));
  EXPECT_THAT(status, HasSubstr("the end of job 4711"));
  EXPECT_THAT(cluster.said(), testing::Contains(HasSubstr(taken)));
  const std::string ranks = content_of(cluster.run_directory() + "/ranks.log");
  EXPECT_THAT(ranks, HasSubstr("storage tmpfs")) << "the boot line";
  EXPECT_THAT(ranks, HasSubstr(taken));
  const std::string metrics = lab::http_get(cluster.urls()[0], "/metrics").body;
  EXPECT_THAT(metrics, HasSubstr("trunkline_rank_storage_info{rank=\"0\",storage=\"tmpfs\"} 1"));

  const std::string load = "lab run --quiet --accounts " + cluster.directory() +
                           "/accounts --rate 50 --warmup 0 --time 0.2" + where;
  EXPECT_THAT(run(load).output, HasSubstr("storage: tmpfs (a power cut takes it)"));
  const auto report = boost::json::parse(run(load + " --json").output);
  EXPECT_EQ(report.at("storage"), "tmpfs");
}

}  // namespace
}  // namespace trunkline::tests
