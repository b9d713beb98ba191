// Ping-pongs on this host, each over one piece of the road alone: what a message cannot be faster
// than. Both ends are threads of this process that sleep until something comes, as edges and ranks
// do. Each takes 0.1 to 0.2 s. All throw std::runtime_error or std::system_error.
//
// Threads: one that calls; a second one lives as long as the call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "lab/histogram.h"

namespace trunkline::lab {

inline constexpr std::size_t kProbeBytes = 64;  // of each message

enum class ZeroMqRoad : std::uint8_t {
  inproc,  // an edge in threads of a rank's process
  ipc,     // an edge in a process of its own
  curve,   // over tcp and encrypted, as for an edge on another host, but by loopback
};

// A core that has had nothing to do takes far longer to wake a thread than one that had just now:
// on a virtual machine that, and not any work, is most of a message's latency.
enum class Pace : std::uint8_t {
  back_to_back,  // the next round at once: the caches are warm, no core falls asleep
  spaced,        // a millisecond between two rounds
};

// One way: half of each round trip.
Histogram probe_zeromq(ZeroMqRoad road, Pace pace);  // ROUTER and DEALER, as rank and edge
Histogram probe_websocket(Pace pace);  // a client of ours and an echo, loopback, without TLS
Histogram probe_doorbell(Pace pace);   // a UNIX datagram of a byte
// A 4 KiB append to a file in `directory`, and fdatasync; the file is removed.
Histogram probe_sync(const std::string& directory);

}  // namespace trunkline::lab
