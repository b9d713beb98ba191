// What is sent when, and by which pair, in an open loop: from the seed alone. Several processes
// that each take their share of one schedule together send exactly all of it.
//
// Pure but for reading a file of arrivals. Threads: one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "lab/arrivals.h"
#include "lab/traffic.h"

namespace trunkline::lab {

// Of the pairs, those of one generator process among several.
struct Share {
  std::size_t index = 0, count = 1;
  bool has(std::size_t pair) const { return pair % count == index; }
};

class Schedule {
 public:
  // `length_ns`: nothing is due later. `arrivals`: words of make_arrivals(), which says what is
  // thrown.
  Schedule(const std::string& arrivals, double rate_per_second, std::uint64_t seed, Traffic traffic,
           Share share, std::int64_t length_ns);

  struct Message {
    std::int64_t due_ns = Arrivals::kNever;  // from the beginning; kNever: no more are due
    std::size_t pair = 0;
  };
  // The next one of this share.
  Message next();

 private:
  std::unique_ptr<Arrivals> arrivals_;
  Traffic traffic_;
  Share share_;
  std::int64_t length_ns_;
};

}  // namespace trunkline::lab
