// Where the time of slow and of usual messages goes: from the raw stamps of traced messages
// (traced.bin, lab/OUTPUT.md). Percentiles of hops do not add up; hops of the messages around a
// percentile of the end-to-end time do.
//
// Threads: one.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <utility>
#include <vector>

#include "wire/stamps.h"

namespace trunkline::lab {

struct TracedMessage {
  std::uint32_t cell = 0, pair = 0;
  std::int64_t due_ns = 0;
  wire::StampBlock stamps;
};
// A last record that is not whole was being written when its writer died: it is left out. Throws
// std::runtime_error that names the file (`name`) and what is wrong.
void read_traced(std::istream& in, const std::string& name,
                 const std::function<void(const TracedMessage&)>& on_message);

// A part of a message's way: until the first stamp it waits for its sender.
struct Leg {
  std::string name;
  double mean_us = 0;  // over all messages of the band: legs add up to the band's mean
};
struct Band {
  std::string name;  // "p99"
  double mean_us = 0;
  std::uint64_t messages = 0;
  std::vector<Leg> legs;  // in the order of the road; all bands of one call have the same
};

// Where the traced messages of all launches come from; it is asked twice, because the bands are
// known only when all messages have been seen.
using TracedSource = std::function<void(const std::function<void(const TracedMessage&)>&)>;
// Bands around p50, p99 and p99.9, each as far as there are enough messages, and the slowest
// message. Empty: there is none.
std::vector<Band> bands_of(const TracedSource& source);

}  // namespace trunkline::lab
