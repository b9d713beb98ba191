#include "wire/hardening.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <functional>

#include "tests/support/temporary_directory.h"

namespace trunkline::wire {
namespace {

// How a child of this process ends that does this.
int end_of_child(const std::function<void()>& what) {
  const pid_t child = ::fork();
  if (child == 0) {
    what();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

TEST(Hardening, ACrashLeavesNoCore) {
  const tests::TemporaryDirectory here;
  const int status = end_of_child([&] {
    const rlimit any{RLIM_INFINITY, RLIM_INFINITY};
    ::setrlimit(RLIMIT_CORE, &any);  // what a system may be set to; only root can raise it
    harden_process();
    if (::chdir(here.path().c_str()) != 0) ::_exit(1);
    ::signal(SIGSEGV, SIG_DFL);  // a sanitizer's handler would only report
    ::raise(SIGSEGV);
  });
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGSEGV);
  EXPECT_FALSE(WCOREDUMP(status));
  EXPECT_TRUE(std::filesystem::is_empty(here.path()));
}

TEST(Hardening, HoldsForWhatIsStarted) {
  const int status = end_of_child([] {
    harden_process();
    const bool private_files = ::umask(0) == 077;
    const bool no_privileges = ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
    rlimit core{};
    ::getrlimit(RLIMIT_CORE, &core);
    ::_exit(private_files && no_privileges && core.rlim_max == 1 ? 0 : 1);
  });
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace trunkline::wire
