// Traced messages in the forms of other tools: a time line for Perfetto or chrome://tracing, and a
// table for pandas.
//
// Threads: one.
#pragma once

#include <iosfwd>
#include <map>
#include <vector>

#include "lab/traced_messages.h"

namespace trunkline::lab {

struct LaunchMessage {
  std::size_t launch = 0;
  TracedMessage message;
};

// From the moment when it was due to the last stamp, in nanoseconds. Exact while no hop takes
// longer than 2.1 s.
std::int64_t end_to_end_ns(const TracedMessage& message);

// The `most` slowest of those that are added, the slowest first: exemplars, kept whole.
class Slowest {
 public:
  explicit Slowest(std::size_t most) : most_(most) {}
  void add(const LaunchMessage& message);
  std::vector<LaunchMessage> take();

 private:
  struct Entry {
    std::int64_t took_ns;
    LaunchMessage message;
    bool operator<(const Entry& other) const { return took_ns > other.took_ns; }
  };
  std::size_t most_;
  std::vector<Entry> heap_;  // the quickest in front
};

// Chrome's trace format (JSON, the array form): each message is a nested asynchronous event of its
// own, its hops within; a process is a launch, a thread a pair. Times in microseconds of the
// stamps' clock.
void write_chrome_trace(std::ostream& out, const std::vector<LaunchMessage>& messages);

// OpenTelemetry's traces (an ExportTraceServiceRequest of opentelemetry-proto in its JSON
// encoding): a span a message, and within it one for each hop, whose signed length stands in
// trunkline.hop_ns, also where clocks disagree and a span cannot tell it. `epoch_ns`: by launch,
// what is to be added to the stamps' clock to have the time since 1970; absent: it is not known,
// and trunkline.wall_clock says so.
void write_otlp_trace(std::ostream& out, const std::vector<LaunchMessage>& messages,
                      const std::map<std::size_t, std::int64_t>& epoch_ns);

// RFC 4180: launch, cell, pair, sequence, due_ns, then for each stamp how long after due_ns it was
// made, in nanoseconds; empty: it was not.
void write_stamps_head(std::ostream& out);
void write_stamps_row(std::ostream& out, const LaunchMessage& message);

}  // namespace trunkline::lab
