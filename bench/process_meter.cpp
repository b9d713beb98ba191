#include "bench/process_meter.h"

#include <filesystem>
#include <fstream>
#include <string>

namespace trunkline::bench {

ServerUse read_servers(const std::vector<int>& pids) {
  ServerUse use;
  for (const int pid : pids) {
    std::error_code gone;
    const std::string tasks = "/proc/" + std::to_string(pid) + "/task";
    for (const auto& task : std::filesystem::directory_iterator(tasks, gone)) {
      std::int64_t cpu_ns = 0;
      std::ifstream(task.path() / "schedstat") >> cpu_ns;
      use.cpu_ns += cpu_ns;
      std::ifstream status(task.path() / "status");
      const std::string wanted = "voluntary_ctxt_switches:";
      for (std::string line; std::getline(status, line);) {
        if (line.starts_with(wanted)) use.sleeps += std::stoll(line.substr(wanted.size()));
      }
    }
  }
  return use;
}

}  // namespace trunkline::bench
