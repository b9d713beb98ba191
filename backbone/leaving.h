// How a rank leaves, step by step, all ranks together: edges that it hosts say goodbye while every
// router still answers them; then the routers finish what they have; then nobody sends any more.
// Each step ends with a barrier, tested in the loop, so that nobody waits for one who has gone.
//
// Pure: the rank loop tells what is, and does what is said.
#pragma once

#include <cstdint>
#include <string_view>

namespace trunkline::backbone {

enum class LeavingState : std::uint8_t {
  serving,   // nobody asked
  draining,  // hosted edges send their clients away
  drained,   // waiting for the other ranks' edges
  stopping,  // the router takes no SEND, answers what it has
  quiet,     // waiting for the other ranks' routers
  sent,      // nothing is sent any more; what MPI still has under way is completed
  left,      // waiting for the other ranks to have received it
  gone,
};
std::string_view to_string(LeavingState state);

// What the rank loop does when a state is entered.
enum class LeavingDeed : std::uint8_t {
  none,
  drain_edges,
  begin_barrier,
  stop_router,
  fall_silent
};

class Leaving {
 public:
  LeavingState state() const { return state_; }
  bool asked() const { return state_ != LeavingState::serving; }
  // Starts, unless it has started. `now_us` + `drain_us`: when edges are cut that still drain;
  // `now_us` + `all_us`: when all must be over. Asked again, an earlier end counts.
  LeavingDeed ask(std::int64_t now_us, std::int64_t drain_us, std::int64_t all_us);

  struct Facts {
    std::int64_t now_us = 0;
    bool edges_drained = false;
    bool router_quiet = false;
    bool sends_complete = false;
    bool barrier_done = false;  // of the barrier that was begun last
  };
  // One step at most, with what to do upon it.
  LeavingDeed step(const Facts& facts);
  // The time is up: whatever is left undone stays so.
  bool overdue(std::int64_t now_us) const { return asked() && now_us >= all_until_us_; }
  std::int64_t drain_until_us() const { return drain_until_us_; }

 private:
  LeavingState state_ = LeavingState::serving;
  std::int64_t drain_until_us_ = 0, all_until_us_ = 0;
};

}  // namespace trunkline::backbone
