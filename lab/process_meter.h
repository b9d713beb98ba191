// What server processes cost: CPU time and sleeps (voluntary context switches) of all their
// threads, from /proc. Linux only.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

namespace trunkline::lab {

struct ProcessCost {
  double cpu_us = 0;
  std::uint64_t sleeps = 0;
  bool complete = true;  // false: a process ended or began meanwhile, and its part is missing
};

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
