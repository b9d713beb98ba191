// The clock of hop stamps (stamps.h): CLOCK_MONOTONIC_RAW, which nothing slews, one for all
// processes of a kernel. And the number by which stamps name it.
//
// Threads: any; the shift is set before the second one starts.
#pragma once

#include <cstdint>
#include <string>

namespace trunkline::wire {

std::uint64_t stamp_clock_ns();

// Of this kernel and time namespace (from the boot id), and of the shift: processes with one number
// read one clock. Two of n hosts have the same number by chance with probability n² / 131,072; the
// laboratory's clock check tells it.
std::uint16_t stamp_node();

// For tests and demonstrations of clocks on several hosts: this process stamps as if it ran on
// another one, whose clock shows c + offset + c * drift / 10^6 where ours shows c.
struct StampShift {
  std::int64_t offset_ns = 0;
  double drift_ppm = 0;
  std::int64_t shifted(std::int64_t clock_ns) const;
};
void shift_stamp_clock(const StampShift& shift);
// "NANOSECONDS" or "NANOSECONDS,PPM", as --shift-stamps takes it. Throws std::runtime_error.
StampShift parse_stamp_shift(const std::string& text);

}  // namespace trunkline::wire
