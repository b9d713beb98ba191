#include "tests/support/signals.h"

#include <signal.h>

namespace trunkline::tests {

void die_of_signals() {
  sigset_t deadly;
  sigemptyset(&deadly);
  sigaddset(&deadly, SIGTERM);
  sigaddset(&deadly, SIGINT);
  sigaddset(&deadly, SIGHUP);
  ::sigprocmask(SIG_UNBLOCK, &deadly, nullptr);
}

}  // namespace trunkline::tests
