#include "backbone/orphan.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

namespace trunkline::backbone {
namespace {

// What a rank of these tests says through a pipe, that its end of file tells us of its death.
struct Line {
  Line() { EXPECT_EQ(::pipe(ends), 0); }
  ~Line() { ::close(ends[0]); }
  void hold_no_more() { ::close(ends[1]); }
  void say(char word) { (void)!::write(ends[1], &word, 1); }
  // The next word; 0: everybody who could speak is gone; -1: nothing within the time.
  int hear(int at_most_ms) {
    pollfd waited{ends[0], POLLIN, 0};
    if (::poll(&waited, 1, at_most_ms) != 1) return -1;
    char word = 0;
    return ::read(ends[0], &word, 1) == 1 ? word : 0;
  }
  int ends[2];
};

constexpr int kSoonMs = 10'000;

[[noreturn]] void be_a_rank(Line& line) {
  end_with_launcher();
  line.say('r');
  for (;;) ::pause();
}

TEST(Orphan, EndsWhenItsLauncherIsKilled) {
  Line line;
  const pid_t launcher = ::fork();
  if (launcher == 0) {
    if (::fork() == 0) be_a_rank(line);
    for (;;) ::pause();
  }
  line.hold_no_more();
  ASSERT_EQ(line.hear(kSoonMs), 'r');
  ::kill(launcher, SIGKILL);
  EXPECT_EQ(line.hear(kSoonMs), 0) << "the rank lives on";
  ::waitpid(launcher, nullptr, 0);
}

TEST(Orphan, LivesOnWhenOnlyTheThreadThatStartedItEnds) {
  Line line, ready;
  const pid_t launcher = ::fork();
  if (launcher == 0) {
    std::thread([&] {
      if (::fork() == 0) be_a_rank(ready);
      ready.hear(kSoonMs);
    }).join();
    line.say('e');
    for (;;) ::pause();
  }
  line.hold_no_more();
  ready.hold_no_more();
  ASSERT_EQ(line.hear(kSoonMs), 'e');
  EXPECT_EQ(ready.hear(200), -1) << "it has ended with the thread";
  ::kill(launcher, SIGKILL);
  EXPECT_EQ(ready.hear(kSoonMs), 0);
  ::waitpid(launcher, nullptr, 0);
}

TEST(Orphan, IgnoresTheSignalOfAnybodyElse) {
  Line line;
  const pid_t rank = ::fork();
  if (rank == 0) be_a_rank(line);
  line.hold_no_more();
  ASSERT_EQ(line.hear(kSoonMs), 'r');
  ::kill(rank, SIGUSR2);
  EXPECT_EQ(line.hear(200), -1) << "it has ended";
  ::kill(rank, SIGKILL);
  EXPECT_EQ(line.hear(kSoonMs), 0);
  ::waitpid(rank, nullptr, 0);
}

}  // namespace
}  // namespace trunkline::backbone
