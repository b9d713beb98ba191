// What the faults of one run did, as a table of Markdown: for the documents, and for who looks on.
#pragma once

#include <string>
#include <vector>

#include "tests/cluster/pairs_under_load.h"

namespace trunkline::tests {

// How often each fault comes: TRUNKLINE_KILL_ROUNDS, or 1.
unsigned kill_rounds();

class FaultTable {
 public:
  // One round of a fault is over. Faults stand in the order in which they came first.
  void add(const std::string& fault, const PairsUnderLoad::Wait& wait, const Seen& seen);
  // `where`: placement and what else the faults have in common. One verdict for all rounds: what
  // came to an end for one message may have begun before the fault.
  std::string text(const std::string& where, const Verdict& verdict) const;

 private:
  struct Row {
    std::string fault;
    std::vector<double> first_s, last_s;
    Seen seen;
  };
  std::vector<Row> rows_;
};

}  // namespace trunkline::tests
