// When messages are due, in an open loop: made from a seed, whatever the cluster does meanwhile.
//
//   const            evenly, 1 / rate apart
//   poisson          each moment as likely as any other, as of many users who know nothing of each
//                    other
//   burst:LEN,DUTY   bursts of LEN messages on average, Poisson within them at rate / DUTY, with
//                    silence between; DUTY is the part of the time that bursts take (an on-off
//                    source, MMPP-2: phases have exponential lengths)
//   file:PATH        replayed: one time in seconds a line, from the beginning on, not decreasing;
//                    `#` begins a comment. The rate does not count, and after the last no more come
//
// Pure but for reading the file. Threads: one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace trunkline::lab {

class Arrivals {
 public:
  static constexpr std::int64_t kNever = INT64_MAX;

  virtual ~Arrivals() = default;
  // Of the next message, in nanoseconds from the beginning; never less than before; kNever: no more
  // come.
  virtual std::int64_t next() = 0;
};

// Throws std::runtime_error that says what is wrong with the words or the file.
// REQUIRES: 0 < rate_per_second.
std::unique_ptr<Arrivals> make_arrivals(const std::string& words, double rate_per_second,
                                        std::uint64_t seed);

}  // namespace trunkline::lab
