#include "persistence/damage.h"

#include <atomic>
#include <cstdio>
#include <stdexcept>

namespace trunkline::persistence {

namespace {

std::atomic<std::uint64_t> reported = 0;

}  // namespace

void report_damage(const std::string& path, const std::string& what) {
  ++reported;
  std::fprintf(stderr,
               "STORE-DAMAGE %s: %s is damaged and left out. The disk or its "
               "memory changed it: look at the disk, and restore a copy if there is one.\n",
               path.c_str(), what.c_str());
}

std::uint64_t damage_reported() {
  return reported;
}

void refuse_damaged(const std::string& path, const std::string& what) {
  throw std::runtime_error(path + ": " + what +
                           " is damaged: the disk or its memory has changed it, and what was "
                           "acknowledged cannot be told from what is left. Nothing was opened or "
                           "changed. Restore the directory from a copy; look at the disk");
}

}  // namespace trunkline::persistence
