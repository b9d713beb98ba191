// The Nth write, sync or allocation of memory of a store fails, for N = 1 to 500: nothing that was
// not durable is acknowledged, the process ends with words or goes on, never by a signal, and what
// it leaves, with everything lost that no sync has covered, holds all that was acknowledged.
//
// In each run every 23rd N of each kind, from one by chance, with EIO and ENOSPC in turn;
// TRUNKLINE_FAILING_CALLS=all: every N, with both.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "tests/power/cuts.h"
#include "tests/power/faults.h"
#include "tests/power/interposing.h"
#include "tests/support/temporary_directory.h"

namespace trunkline::power {
namespace {

constexpr int kNumbers = 500;
constexpr const char* kMessages = "520";  // each a commit

bool all_wanted() {
  const char* wanted = std::getenv("TRUNKLINE_FAILING_CALLS");
  return wanted != nullptr && std::string(wanted) == "all";
}

// The numbers of this run.
std::vector<int> numbers() {
  const int step = all_wanted() ? 1 : 23;
  std::vector<int> numbers;
  for (int number = 1 + static_cast<int>(seed_wanted() % static_cast<unsigned>(step));
       number <= kNumbers; number += step) {
    numbers.push_back(number);
  }
  return numbers;
}

class FailingCalls : public testing::Test {
 protected:
  struct Life {
    int status = -1;  // of waitpid
    std::string words;
  };

  // One life of power-writer, with its calls traced; `variables` say what fails.
  Life live(const std::map<std::string, std::string>& variables) {
    std::filesystem::remove_all(data());
    std::filesystem::remove_all(trace());
    const Tracing tracing(data(), trace(), variables);
    const std::string program = program_directory() + "/power-writer";
    const pid_t pid = fork();
    if (pid == 0) {
      const int words = open(words_file().c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
      dup2(words, STDERR_FILENO);
      execl(program.c_str(), program.c_str(), data().c_str(), kMessages, "alone", nullptr);
      _exit(127);
    }
    Life life;
    waitpid(pid, &life.status, 0);
    std::stringstream words;
    words << std::ifstream(words_file()).rdbuf();
    life.words = words.str();
    return life;
  }

  // What is on the disk after that life, when nothing is there that was not synced.
  CutReport judge(const std::vector<Entry>& entries) {
    std::vector<Acked> acks;
    for (const Entry& entry : entries) {
      if (entry.header.kind == EntryKind::note) acks.push_back(from_note(entry.path, 0));
    }
    acked_ += acks.size();
    CutPlan plan{data(), 1, 1, seed_wanted()};
    plan.only_at_end = true;
    return cut_often(plan, entries, acks);
  }

  void expect_sound(const Life& life, const std::string& what) {
    ++lives_;
    ASSERT_TRUE(WIFEXITED(life.status)) << what << ": signal " << WTERMSIG(life.status) << "\n"
                                        << life.words;
    const int status = WEXITSTATUS(life.status);
    ++statuses_[status];
    EXPECT_TRUE(status == 0 || status == 1 || status == 74) << what << ": " << status;
    EXPECT_TRUE(status == 0 || !life.words.empty()) << what << ": no word";
    for (const std::string& wrong : judge(read_traces(trace())).wrong) {
      ++faults_;
      ADD_FAILURE() << what << ": " << wrong;
    }
  }

  void sweep(const std::string& call) {
    for (const int number : numbers()) {
      for (const int error : {EIO, ENOSPC}) {
        if (!all_wanted() && (number % 2 == 0) != (error == EIO)) continue;
        const std::string what = call + ":" + std::to_string(number) + ":" + std::to_string(error);
        expect_sound(live({{kFailVariable, what}}), what);
        if (HasFatalFailure()) return;
      }
    }
    report(call);
  }
  void report(const std::string& call) {
    std::string text;
    for (const auto& [status, count] : statuses_) {
      text += ", " + std::to_string(count) + " with status " + std::to_string(status);
    }
    std::printf("%s: %zu lives%s; %zu acked messages looked for, %zu faults\n", call.c_str(),
                lives_, text.c_str(), acked_, faults_);
  }

  std::string data() const { return directory_.path() + "/data"; }
  std::string trace() const { return directory_.path() + "/trace"; }
  std::string words_file() const { return directory_.path() + "/words"; }

  const tests::TemporaryDirectory directory_{tests::in_memory()};
  std::size_t lives_ = 0, acked_ = 0, faults_ = 0;
  std::map<int, std::size_t> statuses_;
};

TEST_F(FailingCalls, AWriteThatFailsLosesNothingAcked) {
  sweep("write");
  EXPECT_GE(statuses_[74], lives_ / 2);
}

TEST_F(FailingCalls, ASyncThatFailsLosesNothingAcked) {
  sweep("sync");
  EXPECT_GE(statuses_[74], lives_ / 2);
}

TEST_F(FailingCalls, AnAllocationThatFailsLosesNothingAcked) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer has an allocator of its own";
#endif
  for (const int number : numbers()) {
    // The first ones in turn, then in steps through the whole life.
    const int after = number <= kNumbers / 2 ? number - 1 : (number - kNumbers / 2) * 41;
    expect_sound(live({{kMemoryVariable, std::to_string(after)},
                       {"LD_PRELOAD", program_directory() + "/libpower_interposer.so:" +
                                          program_directory() + "/libmemory_interposer.so"}}),
                 "allocation " + std::to_string(after + 1));
    if (HasFatalFailure()) return;
  }
  report("memory");
  EXPECT_GE(statuses_[74] + statuses_[1], lives_ / 2);
}

// The proof that this would be seen: a sync fails, the store does not hear of it.
TEST_F(FailingCalls, AFailureThatIsOverheardIsFoundOut) {
  const Life life = live({{kFailVariable, "sync:50:0"}});
  EXPECT_EQ(life.status, 0) << life.words;
  // Up to the first ack after it: whatever comes later may write the same pages once more.
  std::vector<Entry> entries = read_traces(trace());
  const auto is = [](EntryKind kind) {
    return [kind](const Entry& entry) { return entry.header.kind == kind; };
  };
  const auto failed = std::find_if(entries.begin(), entries.end(), is(EntryKind::sync_failed));
  const auto ack = std::find_if(failed, entries.end(), is(EntryKind::note));
  ASSERT_NE(ack, entries.end());
  entries.erase(ack + 1, entries.end());
  EXPECT_FALSE(judge(entries).wrong.empty());
}

}  // namespace
}  // namespace trunkline::power
