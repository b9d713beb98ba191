// What server processes have used, from /proc: CPU time by the scheduler's own count, and how often
// a thread went to sleep.
#pragma once

#include <cstdint>
#include <vector>

namespace trunkline::bench {

struct ServerUse {
  std::int64_t cpu_ns = 0;
  std::int64_t sleeps = 0;  // voluntary context switches
  friend ServerUse operator-(ServerUse a, ServerUse b) {
    return {a.cpu_ns - b.cpu_ns, a.sleeps - b.sleeps};
  }
};

// Of all threads of these processes that live now. A process that is gone counts nothing.
ServerUse read_servers(const std::vector<int>& pids);

}  // namespace trunkline::bench
