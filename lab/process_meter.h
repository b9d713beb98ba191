// What server processes cost: CPU time and sleeps (voluntary context switches) of all their
// threads, and what they hold; from /proc. Linux only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace trunkline::lab {

struct ProcessCost {
  double cpu_us = 0;
  std::uint64_t sleeps = 0;
  bool complete = true;  // false: a process ended or began meanwhile, and its part is missing
};

// What a process holds now. Nothing: there is no such process, or it is another user's.
struct ProcessSize {
  std::uint64_t rss_bytes = 0;
  std::uint64_t descriptors = 0;
};
std::optional<ProcessSize> process_size(int pid);

class ProcessMeter {
 public:
  explicit ProcessMeter(std::vector<int> pids) : pids_(std::move(pids)) {}
  const std::vector<int>& pids() const { return pids_; }

  void begin() { begin_ = read(); }
  void end() { end_ = read(); }
  // Between begin() and end(), all processes together.
  ProcessCost cost() const;

 private:
  struct Reading {
    std::uint64_t cpu_ns = 0, sleeps = 0;
  };
  std::map<int, Reading> read() const;

  std::vector<int> pids_;
  std::map<int, Reading> begin_, end_;
};

}  // namespace trunkline::lab
