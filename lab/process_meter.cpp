#include "lab/process_meter.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace trunkline::lab {

namespace {

// schedstat: nanoseconds on a core, nanoseconds waiting for one, time slices.
std::uint64_t cpu_ns_of(const std::filesystem::path& task) {
  std::uint64_t nanoseconds = 0;
  std::ifstream(task / "schedstat") >> nanoseconds;
  return nanoseconds;
}

std::uint64_t sleeps_of(const std::filesystem::path& task) {
  constexpr std::string_view kKey = "voluntary_ctxt_switches:";
  std::ifstream status(task / "status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(kKey)) return std::stoull(line.substr(kKey.size()));
  }
  return 0;
}

}  // namespace

std::optional<ProcessSize> process_size(int pid) {
  const std::filesystem::path process("/proc/" + std::to_string(pid));
  std::uint64_t pages = 0, resident_pages = 0;
  std::ifstream(process / "statm") >> pages >> resident_pages;
  std::error_code gone;
  ProcessSize size;
  for (std::filesystem::directory_iterator at(process / "fd", gone), end; !gone && at != end;
       at.increment(gone)) {
    ++size.descriptors;
  }
  if (gone || pages == 0) return std::nullopt;
  size.rss_bytes = resident_pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return size;
}

std::map<int, ProcessMeter::Reading> ProcessMeter::read() const {
  std::map<int, Reading> readings;
  for (const int pid : pids_) {
    std::error_code gone;
    std::filesystem::directory_iterator tasks("/proc/" + std::to_string(pid) + "/task", gone);
    if (gone) continue;
    Reading& reading = readings[pid];
    for (const auto& task : tasks) {
      reading.cpu_ns += cpu_ns_of(task.path());
      reading.sleeps += sleeps_of(task.path());
    }
  }
  return readings;
}

ProcessCost ProcessMeter::cost() const {
  ProcessCost cost;
  for (const int pid : pids_) {
    const auto before = begin_.find(pid), after = end_.find(pid);
    if (before == begin_.end() || after == end_.end()) {
      cost.complete = false;
      continue;
    }
    // A thread that ended in between takes its past with it.
    if (after->second.cpu_ns < before->second.cpu_ns ||
        after->second.sleeps < before->second.sleeps) {
      cost.complete = false;
      continue;
    }
    cost.cpu_us += static_cast<double>(after->second.cpu_ns - before->second.cpu_ns) / 1000.0;
    cost.sleeps += after->second.sleeps - before->second.sleeps;
  }
  return cost;
}

}  // namespace trunkline::lab
