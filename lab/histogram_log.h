// HdrHistogram's own formats, so that its tools read what we measured: one histogram as text ("V2":
// counts in ZigZag LEB128, zlib, base64) and the interval log (.hlog, version 1.3). The formats are
// public: github.com/HdrHistogram/HdrHistogram. Values are nanoseconds.
#pragma once

#include <functional>
#include <istream>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include "lab/histogram.h"

namespace trunkline::lab {

std::string encode_histogram(const Histogram& histogram);
std::string encode_histogram(const SmallHistogram& histogram);
// Of any with two or three digits whose lowest value is 1; absent: it is none, or another. Each
// value comes back as the highest of its place. Negative ones are not part of the format.
std::optional<Histogram> decode_histogram(std::string_view text);

// One histogram for each tag and interval, in the order of time.
class IntervalLog {
 public:
  // `start_s`: seconds since the epoch. `out` outlives it.
  IntervalLog(std::ostream& out, double start_s);
  // From `begin_s` after the start, so long; the tag, where it is not empty, holds no comma.
  void add(std::string_view tag, double begin_s, double length_s, const Histogram& histogram);
  void add(std::string_view tag, double begin_s, double length_s, const SmallHistogram& histogram);

 private:
  void add(std::string_view tag, double begin_s, double length_s, std::int64_t max_ns,
           const std::string& encoded);

  std::ostream& out_;
};

// Called for each interval in the order of the file; the histogram is no longer there afterwards.
using OnInterval = std::function<void(std::string_view tag, double begin_s, double length_s,
                                      const Histogram& histogram)>;
// One histogram at a time is held. Gives the start (seconds since the epoch; 0 where it is not
// told). A last line without an end was being written when its writer died: it is left out. Throws
// std::runtime_error that names the file (`name`) and the line.
double read_interval_log(std::istream& in, const std::string& name, const OnInterval& on_interval);

}  // namespace trunkline::lab
