// How far a long piece of work has come, on stderr: a bar where that is a terminal, else a plain
// line every 10 s (so that a log of a short one has none).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace trunkline::persistence {

class Progress {
 public:
  // `verb`: what is being done. `unit`: of `total`; 0: nobody knows how much it will be.
  Progress(std::string verb, std::string unit, std::uint64_t total);
  // Takes the bar away.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void at(std::uint64_t done);

 private:
  const std::string verb_, unit_;
  const std::uint64_t total_;
  const bool draws_;  // stderr is a terminal
  std::chrono::steady_clock::time_point next_;
};

// `verb [####----]  50 % of 10 messages`, without an end of line.
std::string progress_bar(const std::string& verb, std::uint64_t done, std::uint64_t total,
                         const std::string& unit);

}  // namespace trunkline::persistence
