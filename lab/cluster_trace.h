// The traces (wire/trace.h) of all processes of a cluster, by way of its admin sockets: switched on
// and off, and their postcards fetched.
//
// Threads: one. Calls block until all have answered; std::runtime_error names who has not.
#pragma once

#include <string>
#include <vector>

#include "lab/admin_client.h"
#include "wire/trace.h"

namespace trunkline::lab {

class ClusterTrace {
 public:
  // Asks who is there: ranks, and edges in processes of their own.
  explicit ClusterTrace(const wire::ClusterFile& cluster);

  struct State {
    std::string process;  // "rank 0", "edge north"
    bool on = false;
    std::uint64_t cards = 0, lost = 0;  // waiting to be taken; overwritten
  };
  // In the order of the processes. on(): with empty rings of so many cards (at most
  // wire::kCardsPerRingMax).
  std::vector<State> on(std::size_t cards_per_ring = wire::kCardsPerRing);
  std::vector<State> off();
  std::vector<State> status();

  struct Cards {
    std::string process;
    std::vector<wire::Card> cards;
  };
  // All that lie there; they are gone from there. The servers work for it: after a measurement.
  std::vector<Cards> take();

 private:
  struct Process {
    wire::RankId rank;
    std::string edge;  // empty: the rank itself
  };
  std::string ask(const Process& process, wire::BytesView word);
  std::vector<State> tell(const std::string& word);

  AdminClient client_;
  std::vector<Process> processes_;
};

}  // namespace trunkline::lab
