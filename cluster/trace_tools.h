// `trunkline admin trace`: the postcards (wire/trace.h) of all processes of a running cluster,
// switched on and off, and fetched. What it traces are messages that ask for it: those of the
// laboratory, and of `trunkline ping`.
//
// Returns the exit status of the program; prints to stdout, trouble to stderr.
#pragma once

#include <cstddef>
#include <string>

#include "cluster/tools.h"
#include "wire/trace.h"

namespace trunkline::cluster {

struct TraceCommand {
  enum class Verb { none, on, off, status, dump };
  Verb verb = Verb::none;
  std::size_t cards = wire::kCardsPerRing;  // on: of each thread's ring
  std::string file;                         // dump: CSV; empty: stdout
};
int administer_trace(const Where& where, const TraceCommand& command);

}  // namespace trunkline::cluster
