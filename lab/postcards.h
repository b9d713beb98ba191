// The postcards of one run: the traces of all processes of the cluster are on while it lasts, and
// what lies in them is fetched when it is over.
//
// Threads: one; blocks while the cluster answers.
#pragma once

#include <cstdint>
#include <vector>

#include "lab/clock_findings.h"
#include "lab/cluster_trace.h"
#include "lab/waits.h"

namespace trunkline::lab {

struct Postcards {
  std::vector<ClusterTrace::Cards> all;  // of each process, the clients of this one last
  std::uint64_t lost = 0;                // overwritten in a full ring
  WaitTable waits;
};

class PostcardRun {
 public:
  // `messages`: so many are expected to be traced; rings are made for them. Throws
  // std::runtime_error if a process does not answer.
  PostcardRun(const wire::ClusterFile& cluster, double messages);
  // What went over while a run failed is switched off, too.
  ~PostcardRun();
  PostcardRun(const PostcardRun&) = delete;
  PostcardRun& operator=(const PostcardRun&) = delete;

  // Switches off and fetches. `of_clients`: those of this process. Waits are told by its clock.
  Postcards end(std::vector<wire::Card> of_clients, const ClockFindings& clock);

 private:
  ClusterTrace trace_;
  bool on_ = true;
};

}  // namespace trunkline::lab
