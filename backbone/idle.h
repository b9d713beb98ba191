// When a rank may spin: only where a core is to spare. Sleeping costs a wake-up per message;
// spinning on a core that somebody else needs costs far more (on 2 cores a spin of 200 us made
// every percentile worse and took 360 us of CPU per message). Pure, but for reading what the
// machine allows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace trunkline::backbone {

enum class IdleMode : std::uint8_t { automatic, spin, doorbell, nap };

// What --idle asks for.
struct IdleWish {
  IdleMode mode = IdleMode::automatic;
  std::uint32_t spin_us = 0;  // mode spin
};
// "auto", "spin:US", "doorbell" or "nap"; nothing: none of these.
std::optional<IdleWish> parse_idle(const std::string& text);

// What shares the cores of this host.
struct HostLoad {
  double cores = 1;         // that the ranks here may use
  std::size_t ranks = 1;    // of this job, on this host
  std::size_t edges = 0;    // edge threads beside them, in their processes or next to them
  std::size_t writers = 0;  // threads that commit
};

// What a rank does.
struct IdlePolicy {
  std::uint32_t spin_us = 0;  // look for work this long before sleeping; told to peers
  std::uint32_t nap_us = 0;   // never sleep longer than this; 0: until something rings or is due
};
inline constexpr std::uint32_t kSpinUsAutomatic = 200;
inline constexpr std::uint32_t kNapUs = 1'000;

// automatic: spin if, with every thread above on a core of its own, one is left; else sleep at
// once.
IdlePolicy idle_policy(const IdleWish& wish, const HostLoad& load);
std::string to_text(const IdlePolicy& policy);

// The quota of this process's cgroup in cores; 0: none.
double cgroup_quota();
// The quota of a process's cgroup in cores, the smallest on the way up to the root; nothing: none.
// `proc_cgroup`: what /proc/self/cgroup says; `root`: where cgroup file systems are mounted.
std::optional<double> cgroup_cores(const std::string& proc_cgroup, const std::string& root);

}  // namespace trunkline::backbone
