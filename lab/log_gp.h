// LogGP of a link (Alexandrov, Ionescu, Schauser, Scheiman: "LogGP: Incorporating Long Messages
// into the LogP Model", 1995), as far as a ping-pong tells it: the time of k bytes is L + 2 o + (k
// - 1) G. L and o are not told apart, and g is not, for which trains of messages would be needed.
// Where no line fits, because small and large messages take different ways through MPI or the
// machine was busy, there is none. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace trunkline::lab {

struct PingTime {
  std::size_t size_bytes = 0;
  std::uint64_t n = 0;
  double one_way_us = 0;
};

struct LogGp {
  bool fits = false;
  std::string why_not;     // for people
  double start_us = 0;     // L + 2 o
  double per_byte_ns = 0;  // G
  double residual = 0;     // of the size that is farthest off, in parts of its time
};
// By least squares of relative errors, so that the smallest size counts as much as the largest.
LogGp fit_log_gp(const std::vector<PingTime>& pings);
// "L + 2 o 0.41 us, G 0.095 ns a byte (10.5 GB/s), at most 12 % off"; or why not.
std::string to_text(const LogGp& fit);

}  // namespace trunkline::lab
