#include "backbone/clocks.h"

#include <time.h>

namespace trunkline::backbone {
namespace {

std::int64_t read_ns(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

wire::Now read_clocks() {
  return {read_ns(CLOCK_MONOTONIC) / 1'000, read_ns(CLOCK_REALTIME) / 1'000'000};
}

}  // namespace trunkline::backbone
