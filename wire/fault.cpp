#include "wire/fault.h"

namespace trunkline::wire {

std::string_view to_string(Fault fault) {
  switch (fault) {
    case Fault::none:
      return "none";
    case Fault::ack_early:
      return "ack_early";
    case Fault::keep_ring:
      return "keep_ring";
    case Fault::ack_origin:
      return "ack_origin";
    case Fault::no_rebuild:
      return "no_rebuild";
    case Fault::no_fence:
      return "no_fence";
    case Fault::small_ring:
      return "small_ring";
    case Fault::last_wins:
      return "last_wins";
    case Fault::old_frames:
      return "old_frames";
    case Fault::no_link_sequence:
      return "no_link_sequence";
    case Fault::cursor_only:
      return "cursor_only";
    case Fault::live_path:
      return "live_path";
    case Fault::reuse_mseq:
      return "reuse_mseq";
    case Fault::deliver_early:
      return "deliver_early";
    case Fault::window_overrun:
      return "window_overrun";
    case Fault::copy_twice:
      return "copy_twice";
    case Fault::copy_ahead:
      return "copy_ahead";
    case Fault::sleep_unconfirmed:
      return "sleep_unconfirmed";
    case Fault::drop_answer:
      return "drop_answer";
    case Fault::no_rering:
      return "no_rering";
    case Fault::ring_elapsed:
      return "ring_elapsed";
    case Fault::confirm_all:
      return "confirm_all";
    case Fault::kCount:
      break;
  }
  return "unknown";
}

}  // namespace trunkline::wire
