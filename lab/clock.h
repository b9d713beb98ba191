// The clock by which a laboratory schedules. What it stamps by is wire/stamp_clock.h.
#pragma once

#include <time.h>

#include <cstdint>

namespace trunkline::lab {

inline std::int64_t read_clock_ns(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}
// What timers run by: schedules, and latencies between the two clients of a pair (one process).
inline std::int64_t now_ns() {
  return read_clock_ns(CLOCK_MONOTONIC);
}
inline std::int64_t nanoseconds_of(double seconds) {
  return static_cast<std::int64_t>(seconds * 1e9);
}
inline double microseconds(std::int64_t nanoseconds) {
  return static_cast<double>(nanoseconds) / 1000;
}

}  // namespace trunkline::lab
