// trunkline-rank as mpirun starts it: how it begins, idles and ends.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>

#include "backbone/clocks.h"
#include "lab/admin_client.h"
#include "tests/backbone/job.h"
#include "tests/support/test_client.h"
#include "wire/cluster_file.h"

namespace trunkline::backbone {
namespace {

class Rank : public testing::Test {
 protected:
  static std::string metric(const std::string& text, const std::string& name) {
    const std::size_t at = text.find("\n" + name);
    return at == std::string::npos ? "" : text.substr(at + 1, text.find('\n', at + 1) - at - 1);
  }
  static std::int64_t value(const std::string& line) {
    return std::stoll(line.substr(line.rfind(' ') + 1));
  }
};

TEST_F(Rank, MeasuresItsFloorWhereAskedAndTakesItAway) {
  Job job(3, {"--measure-floor"});
  ASSERT_TRUE(job.serves()) << job.child().output();
  const std::string file = job.run_directory() + "/floor.json";
  EXPECT_EQ(std::filesystem::status(file).permissions(), std::filesystem::perms(0600));
  const std::string floor = tests::content_of(file);
  for (const char* has :
       {R"("edge":"none")", R"("peer":1,"size_bytes":64)", R"("peer":2,"size_bytes":262144)"}) {
    EXPECT_NE(floor.find(has), std::string::npos) << floor;
  }
  ::kill(job.rank_pid(0), SIGUSR1);
  EXPECT_EQ(job.child().ended(), 0) << job.child().output();
  EXPECT_TRUE(std::filesystem::is_empty(job.run_directory()));
}

TEST_F(Rank, ServesWritesTheClusterFileAndStopsOnASignalToOneRank) {
  Job job(3);
  ASSERT_TRUE(job.serves()) << job.child().output();
  const wire::ClusterFile cluster = wire::read_cluster_file(job.run_directory());
  EXPECT_EQ(cluster.epoch, 1u);
  EXPECT_EQ(cluster.iterations, wire::kIterationsDemo);
  ASSERT_EQ(cluster.ranks.size(), 3u);
  for (wire::RankId rank = 0; rank < 3; ++rank) {
    EXPECT_EQ(cluster.ranks[rank].rank, rank);
    EXPECT_EQ(cluster.ranks[rank].endpoint,
              "ipc://" + job.run_directory() + "/rank-" + std::to_string(rank) + ".ports");
  }
  const auto asked_us = read_clocks().mono_us;
  ::kill(job.rank_pid(1), SIGUSR1);
  EXPECT_EQ(job.child().ended(), 0) << job.child().output();
  EXPECT_LT(read_clocks().mono_us - asked_us, 1'500'000);
  EXPECT_TRUE(std::filesystem::is_empty(job.run_directory()));
}

TEST_F(Rank, AnswersForEveryRankAtOneAdminSocket) {
  Job job(2);
  ASSERT_TRUE(job.serves()) << job.child().output();
  const auto cluster = wire::read_cluster_file(job.run_directory());
  lab::AdminClient admin(cluster.ranks[0].admin_socket);
  for (const char* user : {"alice", "bob", "carol", "dave"}) {
    const auto added = admin.add_user(user, user, cluster.iterations);
    EXPECT_TRUE(added.done) << added.text;
  }
  for (wire::RankId rank = 0; rank < 2; ++rank) {
    const auto status = admin.status(rank);
    EXPECT_TRUE(status.done) << status.text;
    EXPECT_NE(status.text.find("\"rank\":" + std::to_string(rank)), std::string::npos)
        << status.text;
    EXPECT_NE(status.text.find("\"state\":\"serving\""), std::string::npos);
  }
  const auto metrics = admin.metrics(1);
  EXPECT_GT(value(metric(metrics.text, "trunkline_rank_link_frames_in_total")), 0);
  const auto stop = admin.stop(1);
  EXPECT_TRUE(stop.done) << stop.text;
  EXPECT_EQ(job.child().ended(), 0) << job.child().output();
}

TEST_F(Rank, TwoOfThemSleepWhileNothingHappens) {
  Job job(2);
  ASSERT_TRUE(job.serves()) << job.child().output();
  lab::AdminClient admin(wire::read_cluster_file(job.run_directory()).ranks[0].admin_socket);
  const std::string name = "trunkline_rank_sleeps_total";
  const auto before = value(metric(admin.metrics(1).text, name));
  const auto cpu_before = cpu_us(job.rank_pid(0)) + cpu_us(job.rank_pid(1));
  // Nothing is to be waited for but time itself: three beats of it.
  EXPECT_FALSE(job.child().ended(3'000) >= 0);
  const auto used_us = cpu_us(job.rank_pid(0)) + cpu_us(job.rank_pid(1)) - cpu_before;
  EXPECT_LE(used_us, 20'000);  // /proc counts in ticks of 10 ms: two of 300 in all
  // Beats, what they owe, and our two questions; a rank that naps would have thousands.
  EXPECT_LE(value(metric(admin.metrics(1).text, name)) - before, 60);
}

TEST_F(Rank, SilentSingletonsAreRefused) {
  const tests::TemporaryDirectory directory;
  Child child({programs() + "/trunkline-rank", "--data", directory.path()},
              {"SLURM_NTASKS=2", "SLURM_PROCID=1"});
  EXPECT_EQ(child.ended(), 1) << child.output();
  EXPECT_NE(child.output().find("SLURM_NTASKS promises 2 ranks"), std::string::npos)
      << child.output();
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
}

TEST_F(Rank, WithoutALauncherOneIsACluster) {
  const tests::TemporaryDirectory directory;
  Child child(
      {programs() + "/trunkline-rank", "--store", "memory", "--data", directory.path() + "/data"});
  ASSERT_TRUE(child.said("serving:")) << child.output();
  const std::string link = directory.path() + "/data/run";
  const std::string run = std::filesystem::read_symlink(link).string();
  struct stat status {};
  ASSERT_EQ(::stat(run.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0700u);
  child.signal(SIGTERM);
  EXPECT_EQ(child.ended(), 0) << child.output();
  EXPECT_FALSE(std::filesystem::exists(run));
  EXPECT_FALSE(std::filesystem::is_symlink(link));
}

TEST_F(Rank, UnknownOptionsAreRefused) {
  for (const char* wrong : {"--idle=lazy", "--no-such", "--routes=far", "extra"}) {
    Child child({programs() + "/trunkline-rank", wrong});
    EXPECT_EQ(child.ended(), 2) << wrong << ": " << child.output();
  }
  Child help({programs() + "/trunkline-rank", "--help"});
  EXPECT_EQ(help.ended(), 0);
  EXPECT_NE(help.output().find("--placement"), std::string::npos);
}

TEST_F(Rank, WhatOneCannotDoEndsAllWithItsReason) {
  const auto directory = std::make_shared<tests::TemporaryDirectory>();
  std::filesystem::create_directories(directory->path() + "/run");
  ::chmod((directory->path() + "/run").c_str(), 0777);
  Job job(2, {}, directory);
  EXPECT_EQ(job.child().ended(), 1);
  EXPECT_NE(job.child().output().find("chmod 700"), std::string::npos) << job.child().output();
}

TEST_F(Rank, TheSecondJobOnTheSameDataIsRefusedAndNamesTheFirst) {
  Job first(2, {"--store", "lmdb"});
  ASSERT_TRUE(first.serves()) << first.child().output();
  Job second(2, {"--store", "lmdb", "--run-dir", first.directory()->path() + "/other"},
             first.directory());
  EXPECT_EQ(second.child().ended(), 1);
  const std::string pid = std::to_string(first.rank_pid(0));
  EXPECT_NE(second.child().output().find(pid), std::string::npos) << second.child().output();
}

TEST_F(Rank, EpochsRiseFromJobToJob) {
  const auto directory = std::make_shared<tests::TemporaryDirectory>();
  for (wire::Epoch epoch = 1; epoch <= 3; ++epoch) {
    Job job(2, {"--store", "lmdb"}, directory);
    ASSERT_TRUE(job.serves()) << job.child().output();
    EXPECT_EQ(wire::read_cluster_file(job.run_directory()).epoch, epoch);
    ::kill(job.rank_pid(0), SIGUSR1);
    EXPECT_EQ(job.child().ended(), 0) << job.child().output();
  }
}

// An unknown user's stand-in has this job's number of iterations.
TEST_F(Rank, SaysThatAccountsHaveAnotherNumberOfIterations) {
  const auto directory = std::make_shared<tests::TemporaryDirectory>();
  for (const char* iterations : {"4096", "5000"}) {
    Job job(1, {"--store", "lmdb", "--iterations", iterations}, directory);
    ASSERT_TRUE(job.serves()) << job.child().output();
    const bool told =
        job.child().output().find("other-iterations: 1 accounts") != std::string::npos;
    EXPECT_EQ(told, std::string(iterations) == "5000") << job.child().output();
    const auto cluster = wire::read_cluster_file(job.run_directory());
    lab::AdminClient(cluster.ranks[0].admin_socket).add_user("alice", "alice", cluster.iterations);
    job.child().signal(SIGTERM);
    job.child().ended();
  }
}

TEST_F(Rank, LeavesInTimeWhenMpirunIsTerminated) {
  Job job(2);
  ASSERT_TRUE(job.serves()) << job.child().output();
  const pid_t ranks[] = {job.rank_pid(0), job.rank_pid(1)};
  job.child().signal(SIGTERM);
  EXPECT_GE(job.child().ended(), 0);
  EXPECT_EQ(job.child().output().find("leave_overdue"), std::string::npos);
  for (const pid_t rank : ranks) EXPECT_TRUE(ends(rank));
  // The cluster file goes only with ranks that left in order.
  EXPECT_FALSE(std::filesystem::exists(job.run_directory() + "/cluster.json"));
}

TEST_F(Rank, ADeadRankEndsTheJob) {
  Job job(2);
  ASSERT_TRUE(job.serves()) << job.child().output();
  ::kill(job.rank_pid(1), SIGKILL);
  EXPECT_GT(job.child().ended(), 0);
}

TEST_F(Rank, AStoppedNeighbourEndsTheJobAfterFiveSeconds) {
  Job job(2);
  ASSERT_TRUE(job.serves()) << job.child().output();
  const pid_t stopped = job.rank_pid(1);
  ::kill(stopped, SIGSTOP);
  EXPECT_TRUE(job.child().said("neighbour_silent")) << job.child().output();
  ::kill(stopped, SIGCONT);
  EXPECT_GT(job.child().ended(), 0);
}

class RankWithEdge : public Rank, public testing::WithParamInterface<const char*> {
 protected:
  RankWithEdge() : job_(2, {"--port", "0", "--placement", GetParam()}) {}

  Job job_;
  tests::Room room_;
};

TEST_P(RankWithEdge, SendsItsClientsAwayBeforeItLeaves) {
  ASSERT_TRUE(job_.serves()) << job_.child().output();
  const auto cluster = wire::read_cluster_file(job_.run_directory());
  lab::AdminClient(cluster.ranks[0].admin_socket).add_user("alice", "alice", cluster.iterations);
  tests::TestClient phone(room_, cluster.ranks[0].url, lab::Protocol::bin);
  tests::TestClient desk(room_, cluster.ranks[1].url, lab::Protocol::json);
  EXPECT_EQ(phone.login("alice", "phone").rank, 0);
  EXPECT_EQ(desk.login("alice", "desk").rank, 1);
  ::kill(job_.rank_pid(1), SIGUSR1);
  for (tests::TestClient* client : {&phone, &desk}) {
    const auto closed = client->expect_closed();
    EXPECT_TRUE(closed.code == 1001 || closed.code == 1012) << closed.code << closed.reason;
  }
  EXPECT_EQ(job_.child().ended(), 0) << job_.child().output();
}

TEST_P(RankWithEdge, LeavesInTimeWhenMpirunIsTerminatedThoughClientsStay) {
  ASSERT_TRUE(job_.serves()) << job_.child().output();
  const auto cluster = wire::read_cluster_file(job_.run_directory());
  lab::AdminClient(cluster.ranks[0].admin_socket).add_user("alice", "alice", cluster.iterations);
  tests::TestClient phone(room_, cluster.ranks[0].url, lab::Protocol::bin);
  phone.login("alice", "phone");
  phone.read(false);
  job_.child().signal(SIGTERM);
  EXPECT_GE(job_.child().ended(), 0);
  EXPECT_EQ(job_.child().output().find("leave_overdue"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(job_.run_directory() + "/cluster.json"));
}

INSTANTIATE_TEST_SUITE_P(Placements, RankWithEdge, testing::Values("fused", "inside"));

}  // namespace
}  // namespace trunkline::backbone
