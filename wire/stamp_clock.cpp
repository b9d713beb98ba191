#include "wire/stamp_clock.h"

#include <time.h>
#include <unistd.h>

#include <cmath>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "wire/crc32c.h"

namespace trunkline::wire {
namespace {

StampShift g_shift;

std::string kernel_clock() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string name;
  std::getline(file, name);
  char time_namespace[64] = {};
  if (::readlink("/proc/self/ns/time", time_namespace, sizeof time_namespace - 1) > 0) {
    name += time_namespace;
  }
  return name;
}

std::uint16_t node_of(const StampShift& shift) {
  std::ostringstream name;
  name << kernel_clock();
  if (shift.offset_ns != 0 || shift.drift_ppm != 0) {
    name << " " << shift.offset_ns << " " << shift.drift_ppm;
  }
  return static_cast<std::uint16_t>(crc32c(name.str()));
}

std::uint16_t g_node = node_of({});

}  // namespace

std::int64_t StampShift::shifted(std::int64_t clock_ns) const {
  return clock_ns + offset_ns + std::llround(static_cast<double>(clock_ns) * drift_ppm * 1e-6);
}

std::uint64_t stamp_clock_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC_RAW, &now);
  const std::int64_t clock_ns = std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
  if (g_shift.offset_ns == 0 && g_shift.drift_ppm == 0) [[likely]] {
    return static_cast<std::uint64_t>(clock_ns);
  }
  return static_cast<std::uint64_t>(g_shift.shifted(clock_ns));
}

std::uint16_t stamp_node() {
  return g_node;
}

void shift_stamp_clock(const StampShift& shift) {
  g_shift = shift;
  g_node = node_of(shift);
}

StampShift parse_stamp_shift(const std::string& text) {
  StampShift shift;
  std::istringstream in(text);
  char comma = ',';
  const bool read = static_cast<bool>(in >> shift.offset_ns) &&
                    (in.eof() || (static_cast<bool>(in >> comma >> shift.drift_ppm) && in.eof()));
  if (!read || comma != ',' || !std::isfinite(shift.drift_ppm) ||
      std::abs(shift.drift_ppm) > 1'000) {
    throw std::runtime_error("\"" + text +
                             "\" is no shift of stamps: NANOSECONDS or NANOSECONDS,PPM");
  }
  return shift;
}

}  // namespace trunkline::wire
