// What happened, line by line, for who replays a seed. Off in ordinary runs: a seed that fails is
// simply run again with it on.
#pragma once

#include <deque>
#include <string>

#include "tests/sim/schedule.h"

namespace trunkline::sim {

class Trace {
 public:
  explicit Trace(std::size_t lines_max) : lines_max_(lines_max) {}
  bool on() const { return lines_max_ > 0; }
  void line(std::int64_t now_us, const std::string& text) {
    if (lines_.size() == lines_max_) lines_.pop_front();
    lines_.push_back(std::to_string(now_us) + " " + text);
  }
  std::string text() const {
    std::string all;
    for (const std::string& line : lines_) all += line + "\n";
    return all;
  }

 private:
  std::size_t lines_max_;
  std::deque<std::string> lines_;
};

}  // namespace trunkline::sim
