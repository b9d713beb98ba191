#include "backbone/orphan.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace trunkline::backbone {
namespace {

pid_t launcher = 0;

// Only async-signal-safe calls.
void end_if_orphaned(int) {
  if (::getppid() != launcher) ::_exit(kExitOrphan);
}

}  // namespace

void end_with_launcher() {
  launcher = ::getppid();
  struct sigaction action {};
  action.sa_handler = end_if_orphaned;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGUSR2, &action, nullptr);
  sigset_t heard;
  sigemptyset(&heard);
  sigaddset(&heard, SIGUSR2);
  ::sigprocmask(SIG_UNBLOCK, &heard, nullptr);
  ::prctl(PR_SET_PDEATHSIG, SIGUSR2);
}

}  // namespace trunkline::backbone
