#include "lab/progress.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "lab/clock.h"

namespace trunkline::lab {
namespace {

constexpr double kPauseS = 5;

}  // namespace

ProgressLine::ProgressLine()
    : terminal_(::isatty(STDERR_FILENO) == 1 && std::getenv("OMPI_COMM_WORLD_RANK") == nullptr) {}

void ProgressLine::show(const std::string& line, bool at_once) {
  if (terminal_) {
    std::fprintf(stderr, "\r\033[K%s", line.c_str());
    return;
  }
  const double now_s = static_cast<double>(now_ns()) / 1e9;
  if (!at_once && now_s - last_s_ < kPauseS) return;
  last_s_ = now_s;
  std::fprintf(stderr, "%s\n", line.c_str());
}

void ProgressLine::clear() const {
  if (terminal_) std::fprintf(stderr, "\r\033[K");
}

}  // namespace trunkline::lab
