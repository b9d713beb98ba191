#include "wire/hardening.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

namespace trunkline::wire {

// PR_SET_DUMPABLE would do more, and take away what others need: Open MPI's ranks read each other's
// memory, and the supervisor looks at /proc.
void harden_process() {
  const rlimit no_core{1, 1};
  ::setrlimit(RLIMIT_CORE, &no_core);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  ::umask(077);
}

}  // namespace trunkline::wire
