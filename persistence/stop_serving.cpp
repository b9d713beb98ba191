#include "persistence/stop_serving.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>

namespace trunkline::persistence {

namespace {

constexpr int kExitStoreFailed = 74;  // EX_IOERR of sysexits.h

}  // namespace

void stop_serving(const char* what, const char* why) {
  std::fprintf(stderr,
               "STORE-FAILED %s: %s. Nothing more is acknowledged; this process ends, and the next "
               "start verifies what is on the disk.\n",
               what, why);
  std::fflush(stderr);
  _exit(kExitStoreFailed);
}

void stop_when_memory_ends() {
  std::set_new_handler([] { stop_serving("allocating memory", std::strerror(ENOMEM)); });
}

}  // namespace trunkline::persistence
