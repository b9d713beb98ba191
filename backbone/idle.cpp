#include "backbone/idle.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>

namespace trunkline::backbone {
namespace {

std::optional<std::string> content_of(const std::string& path) {
  std::ifstream in(path);
  if (!in) return std::nullopt;
  std::ostringstream content;
  content << in.rdbuf();
  return content.str();
}

// Version 2: "QUOTA PERIOD" or "max PERIOD". Version 1: two files, a quota of -1 is none.
std::optional<double> quota_in(const std::string& directory) {
  std::string text;
  if (const auto both = content_of(directory + "/cpu.max")) {
    text = *both;
  } else if (const auto quota = content_of(directory + "/cpu.cfs_quota_us")) {
    text = *quota + " " + content_of(directory + "/cpu.cfs_period_us").value_or("");
  }
  std::istringstream in(text);
  double quota = 0, period = 0;
  if (!(in >> quota >> period) || quota <= 0 || period <= 0) return std::nullopt;
  return quota / period;
}

}  // namespace

std::optional<IdleWish> parse_idle(const std::string& text) {
  if (text == "auto") return IdleWish{IdleMode::automatic, 0};
  if (text == "doorbell") return IdleWish{IdleMode::doorbell, 0};
  if (text == "nap") return IdleWish{IdleMode::nap, 0};
  const std::string spin = "spin:";
  if (!text.starts_with(spin)) return std::nullopt;
  IdleWish wish{IdleMode::spin, 0};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + spin.size(), end, wish.spin_us);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return wish;
}

IdlePolicy idle_policy(const IdleWish& wish, const HostLoad& load) {
  switch (wish.mode) {
    case IdleMode::spin:
      return {wish.spin_us, 0};
    case IdleMode::nap:
      return {0, kNapUs};
    case IdleMode::doorbell:
      return {0, 0};
    case IdleMode::automatic:
      break;
  }
  const auto threads = static_cast<double>(load.ranks + load.edges + load.writers);
  return {load.cores >= threads + 1 ? kSpinUsAutomatic : 0, 0};
}

std::string to_text(const IdlePolicy& policy) {
  if (policy.nap_us > 0) return "nap " + std::to_string(policy.nap_us) + " us";
  if (policy.spin_us == 0) return "doorbell";
  return "spin " + std::to_string(policy.spin_us) + " us, then doorbell";
}

double cgroup_quota() {
  const auto own = content_of("/proc/self/cgroup");
  return own ? cgroup_cores(*own, "/sys/fs/cgroup").value_or(0) : 0;
}

std::optional<double> cgroup_cores(const std::string& proc_cgroup, const std::string& root) {
  std::optional<double> least;
  std::istringstream lines(proc_cgroup);
  for (std::string line; std::getline(lines, line);) {
    // "0::/path" is version 2; "4:cpu,cpuacct:/path" the CPU controller of version 1.
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    std::string base = root;
    if (controllers != ",,") {
      if (controllers.find(",cpu,") == std::string::npos) continue;
      base += "/cpu";
    }
    for (std::string path = line.substr(second + 1); !path.empty();
         path.resize(path.rfind('/') == std::string::npos ? 0 : path.rfind('/'))) {
      if (const auto quota = quota_in(base + path))
        least = std::min(*quota, least.value_or(*quota));
    }
    if (const auto quota = quota_in(base)) least = std::min(*quota, least.value_or(*quota));
  }
  return least;
}

}  // namespace trunkline::backbone
