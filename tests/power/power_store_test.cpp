// The store alone under power cuts, and the proof that this way of testing finds what it looks for.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/power/cuts.h"
#include "tests/power/interposing.h"
#include "tests/support/temporary_directory.h"

namespace trunkline::power {
namespace {

constexpr const char* kMessages = "800";

class PowerCut : public testing::Test {
 protected:
  // Runs the writer under the interposer, to its end.
  void write(bool disk_lies, bool acks_early) {
    std::map<std::string, std::string> lie;
    if (disk_lies) lie.emplace(kLieVariable, "1");
    const Tracing tracing(data(), trace(), lie);
    const pid_t pid = fork();
    if (pid == 0) {
      const std::string program = program_directory() + "/power-writer";
      execl(program.c_str(), program.c_str(), data().c_str(), kMessages,
            acks_early ? "early" : nullptr, nullptr);
      _exit(127);
    }
    int status = -1;
    waitpid(pid, &status, 0);
    ASSERT_EQ(status, 0);
    entries_ = read_traces(trace());
  }
  CutReport cut(std::size_t cuts) {
    std::vector<Acked> acks;
    for (const Entry& entry : entries_) {
      if (entry.header.kind == EntryKind::note) {
        acks.push_back(from_note(entry.path, entry.header.time_ns));
      }
    }
    EXPECT_GT(acks.size(), 700u);
    CutPlan plan{data(), 1, cuts, seed_wanted()};
    RecordProperty("seed", std::to_string(plan.seed));
    std::printf("seed %llu\n", static_cast<unsigned long long>(plan.seed));
    return cut_often(plan, entries_, acks);
  }
  std::string data() const { return directory_.path() + "/data"; }
  std::string trace() const { return directory_.path() + "/trace"; }

  const tests::TemporaryDirectory directory_;
  std::vector<Entry> entries_;
};

TEST_F(PowerCut, TheStoreLosesNothingAcked) {
  write(false, false);
  const std::size_t cuts = cuts_wanted(2'950);
  const CutReport report = cut(cuts);
  for (const std::string& wrong : report.wrong) ADD_FAILURE() << wrong;
  EXPECT_EQ(report.cuts, cuts);
  EXPECT_GT(report.asked, 100 * cuts);
  std::printf("%zu cuts of a trace of %zu entries, %zu acked messages looked for, %zu faults\n",
              report.cuts, entries_.size(), report.asked, report.wrong.size());
}

TEST_F(PowerCut, ADiskThatLiesAboutSyncsIsFoundOut) {
  write(true, false);
  EXPECT_FALSE(cut(20).wrong.empty());
}

TEST_F(PowerCut, AnAckBeforeItsCommitIsFoundOut) {
  write(false, true);
  EXPECT_FALSE(cut(20).wrong.empty());
}

}  // namespace
}  // namespace trunkline::power
