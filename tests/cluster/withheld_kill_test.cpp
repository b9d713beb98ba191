// A rank that hangs and that nobody can kill, as one whose disk does not answer: it still has its
// data, so its successor refuses to start, naming it, and starts by itself once it is gone.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/cluster/pairs_under_load.h"
#include "tests/cluster/supervised_cluster.h"
#include "wire/cluster_file.h"

namespace trunkline::tests {
namespace {

// mpirun and the supervisor run with it: signals to the processes that a file names do nothing
// (spare.cpp).
std::vector<std::string> environment(const std::string& spared) {
  const std::string programs = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  return {"LD_PRELOAD=" + programs + "/libtrunkline_spare.so", "TRUNKLINE_SPARE=" + spared,
          "ASAN_OPTIONS=verify_asan_link_order=0"};
}

// Holds every thread of a process as a debugger does. SIGSTOP would not do: of a stopped process
// whose parent dies, the kernel makes a running one that is hung up.
class Held {
 public:
  explicit Held(pid_t pid) : pid_(pid) {
    const std::string tasks = "/proc/" + std::to_string(pid) + "/task";
    for (const auto& task : std::filesystem::directory_iterator(tasks)) {
      const auto thread = static_cast<pid_t>(std::stol(task.path().filename().string()));
      if (::ptrace(PTRACE_SEIZE, thread, nullptr, nullptr) != 0) continue;
      ::ptrace(PTRACE_INTERRUPT, thread, nullptr, nullptr);
      ::waitpid(thread, nullptr, __WALL);
      threads_.push_back(thread);
    }
  }
  bool holds() const { return !threads_.empty(); }
  void kill() {
    ::kill(pid_, SIGKILL);
    // The first of them is told of last: when all others have been waited for.
    for (auto thread = threads_.rbegin(); thread != threads_.rend(); ++thread) {
      ::waitpid(*thread, nullptr, __WALL);
    }
    threads_.clear();
  }
  ~Held() {
    if (holds()) kill();
  }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

 private:
  pid_t pid_;
  std::vector<pid_t> threads_;
};

class WithheldKill : public testing::Test {
 protected:
  static constexpr unsigned kPairs = 4;
  WithheldKill()
      : spared_(std::filesystem::temp_directory_path() /
                ("trunkline-spared-" + std::to_string(::getpid()))),
        cluster_({.ranks = 2,
                  .edges = "1",
                  .accounts = PairsUnderLoad::names(kPairs),
                  .more = {},
                  .environment = environment(spared_)}),
        load_(cluster_.urls(), cluster_.directory(), kPairs) {}
  ~WithheldKill() override { std::filesystem::remove(spared_); }

  // The first line with this; empty: none.
  std::string said(const std::string& what) const {
    for (const std::string& line : cluster_.said()) {
      if (line.find(what) != std::string::npos) return line;
    }
    return {};
  }

  std::string spared_;
  SupervisedCluster cluster_;
  PairsUnderLoad load_;
};

TEST_F(WithheldKill, TheSuccessorRefusesAndStartsWhenTheOldRankIsGone) {
  ASSERT_TRUE(load_.begin());
  const auto first = wire::read_cluster_file(cluster_.run_directory());
  const pid_t old = cluster_.rank_pid(1);
  const std::string pid = std::to_string(old);
  std::ofstream(spared_) << pid << "\n";
  Held held(old);
  ASSERT_TRUE(held.holds()) << "this system does not let a test hold its own process";
  EXPECT_TRUE(load_.run_until([&] { return !said("could not kill rank 1 (pid " + pid).empty(); }));
  EXPECT_TRUE(load_.run_until([&] { return !said("in use by process " + pid).empty(); }));
  std::printf("%s\n%s\n", said("could not kill").c_str(), said("in use by").c_str());
  EXPECT_TRUE(cluster::is_program(old, "trunkline-rank")) << "then the refusal shows nothing";
  EXPECT_EQ(wire::read_cluster_file(cluster_.run_directory()).job, first.job);
  EXPECT_TRUE(said("the ranks serve again").empty()) << "beside the old rank";
  load_.expect_fault();
  held.kill();
  EXPECT_TRUE(load_.run_until([&] { return !said("the ranks serve again").empty(); }));
  PairsUnderLoad::Wait wait;
  ASSERT_TRUE(load_.go_on(wait));
  std::printf("%s\nnew STORED of every pair %.2f s after the old rank was gone\n",
              said("the ranks serve again").c_str(), wait.last_s);
  EXPECT_TRUE(load_.finish());
  const Verdict verdict = load_.verdict();
  EXPECT_EQ(verdict.wrong(), 0u) << to_string(verdict);
  std::printf("%s\n", to_string(verdict).c_str());
  EXPECT_EQ(cluster_.stop(), 0);
  EXPECT_TRUE(cluster_.left().empty());
}

}  // namespace
}  // namespace trunkline::tests
