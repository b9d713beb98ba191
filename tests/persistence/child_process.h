// A process of its own for what must not happen in the test's: holding a lock, being killed, living
// in another mount namespace.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>

namespace trunkline::persistence {

class ChildProcess {
 public:
  // Runs `story(say, told)` in a child and ends it with 0, or with 1 when an expectation failed:
  // what it writes to `say` the parent hears, what comes from `told` the parent said.
  explicit ChildProcess(const std::function<void(int say, int told)>& story) {
    int up[2], down[2];
    if (pipe(up) != 0 || pipe(down) != 0) throw std::runtime_error("no pipe");
    pid_ = fork();
    if (pid_ == 0) {
      close(up[0]);
      close(down[1]);
      story(up[1], down[0]);
      _exit(testing::Test::HasFailure() ? 1 : 0);
    }
    close(up[1]);
    close(down[0]);
    hears_ = up[0];
    says_ = down[1];
  }
  ~ChildProcess() {
    if (pid_ > 0) {
      kill();
      wait();
    }
    close(hears_);
    close(says_);
  }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  // The next number that the child said; 0 at its end.
  std::uint64_t hear() {
    std::uint64_t number = 0;
    return read(hears_, &number, sizeof number) == sizeof number ? number : 0;
  }
  void kill() { ::kill(pid_, SIGKILL); }
  // Its wait status.
  int wait() {
    int status = -1;
    waitpid(std::exchange(pid_, -1), &status, 0);
    return status;
  }

 private:
  pid_t pid_ = -1;
  int hears_ = -1, says_ = -1;
};

inline void say(int fd, std::uint64_t number) {
  ASSERT_EQ(write(fd, &number, sizeof number), static_cast<ssize_t>(sizeof number));
}
// Until the parent closes its end or dies.
inline void wait_for_parent(int fd) {
  char byte;
  while (read(fd, &byte, 1) > 0) {
  }
}

}  // namespace trunkline::persistence
