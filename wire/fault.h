// Planted faults: switches inside the real router, gateway and stores that the simulator turns on,
// one at a time, to prove that its checkers find each. No program has an option for them; the
// default is none. The names are those of the model of the protocol where it has the fault too.
#pragma once

#include <cstdint>
#include <string_view>

namespace trunkline::wire {

enum class Fault : std::uint8_t {
  none = 0,
  // as in the model of the stored class
  ack_early,         // a copy of a queued record is acked before the commit (I1)
  keep_ring,         // a refused commit leaves its ids remembered (I1)
  ack_origin,        // a copy of a queued record does not get its own answer (I8)
  no_rebuild,        // remembered ids do not survive a restart (I2)
  no_fence,          // older logins are not refused (I2, with a small ring)
  small_ring,        // the home remembers less than a client may have out (I2)
  last_wins,         // a re-attach wins because it came last (I7)
  old_frames,        // frames meant for the dead home reach the new one (I3)
  no_link_sequence,  // frames lost on a live port are not noticed (I3, I8)
  cursor_only,       // after a restart the edge resumes at the stored cursor, not at `written` (I5)
  live_path,         // new records are sent beside the backlog (I5)
  // one more for each invariant that the model does not have
  reuse_mseq,         // a number taken back after it was shown names another record (I4)
  deliver_early,      // DELIVER of a record that is queued (I6)
  window_overrun,     // a pump ignores its window (I9)
  copy_twice,         // a copy stream starts from 0 after a restart and nobody compares (I2)
  copy_ahead,         // a copy stream reads records that are not committed (I10)
  sleep_unconfirmed,  // a rank with an unconfirmed batch sleeps without a timer (I11)
  drop_answer,        // an answer is lost under pressure (I8)
  // the doorbell's
  no_rering,     // no second ring while unconfirmed (quiet)
  ring_elapsed,  // ring only if the last send is long ago (quiet)
  confirm_all,   // a confirm without a count (I11)
  kCount,
};
std::string_view to_string(Fault);

}  // namespace trunkline::wire
