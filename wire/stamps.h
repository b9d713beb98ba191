// Hop stamps: where a routed message's time went. A 64-byte block at the end of a frame with flag
// kLab, in every message of a laboratory run, filled in only where flag `sampled` is set. Each
// stage writes the low 32 bits of its clock (CLOCK_MONOTONIC_RAW, ns) into its own place; what a
// path visits twice keeps the last visit. The block is outside the frame's checksum. What took
// the message between two stamps is told by postcards (trace.h).
//
//  0 u8 version   1 u8 flags   4 u32 sample sequence number
//  2 u16: bits 0 to 9 stamps present, 10 to 12 and 13 to 15 Idle of rank_in and of rank_matched
//  8 u64 intended send time (C0), ns of the client's clock
// 16 u16 d[4]: node id of client, source edge, source rank, destination rank
// 24 u32 t[10]: C1 E1 E2 R1 R2 R3 R4 E3 E4 C2
#pragma once

#include "wire/frame.h"

namespace trunkline::wire {

inline constexpr std::uint8_t kStampVersion = 1;
inline constexpr std::uint8_t kSampled = 1;
inline constexpr std::uint8_t kLate = 2;
inline constexpr std::uint8_t kOverflow = 4;

enum class Stamp : std::uint8_t {
  client_send = 0,    // C1
  edge_in = 1,        // E1: frame parsed
  edge_out = 2,       // E2: handed to ZeroMQ
  rank_in = 3,        // R1: taken from ZeroMQ
  rank_link = 4,      // R2: MPI_Isend posted (the last rank that did)
  rank_matched = 5,   // R3: taken from MPI (the last rank that did)
  rank_out = 6,       // R4: handed to ZeroMQ
  edge_back = 7,      // E3: taken from ZeroMQ
  edge_write = 8,     // E4: WebSocket write begun
  client_receive = 9  // C2
};
inline constexpr std::size_t kStampCount = 10;

// What the rank did when it came to take the message (R1, R3). Never renumber.
enum class Idle : std::uint8_t {
  untold = 0,
  busy = 1,        // the turn before had work
  spinning = 2,    // it was looking for work, in vain
  doorbell = 3,    // asleep, and woken by a peer's ring
  descriptor = 4,  // asleep, and woken by a socket or the store
  backstop = 5,    // asleep, and woken by a timer alone
};
inline constexpr std::size_t kIdleCount = 6;

struct StampBlock {
  std::uint8_t flags = 0;
  std::uint16_t present = 0;  // as above
  std::uint32_t sequence = 0;
  std::uint64_t intended_ns = 0;
  std::uint16_t node[4] = {0, 0, 0, 0};
  std::uint32_t at[kStampCount] = {};
  bool has(Stamp stamp) const { return (present >> static_cast<unsigned>(stamp) & 1u) != 0; }
  void set(Stamp stamp, std::uint64_t now_ns, std::uint16_t node);
  // Of rank_in and of rank_matched; untold of others.
  Idle idle(Stamp stamp) const;
};

Bytes encoded(const StampBlock& block);
// REQUIRES: 64 bytes. An unknown version gives bad_version.
Result<StampBlock> decode_stamps(BytesView bytes);

// Writes one stamp into the block of a frame (its last 64 bytes). Nothing happens without
// `sampled`. REQUIRES: `frame` is a whole frame with kLab. `node`: of the process that stamps.
void stamp_frame(char* frame, Stamp stamp, std::uint64_t now_ns, std::uint16_t node,
                 Idle idle = Idle::untold);

}  // namespace trunkline::wire
