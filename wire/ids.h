// Identities that every process of a cluster shares. Plain integers with a name each: they are
// written into frames and records, so their width here is their width there.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace trunkline::wire {

// Bytes on the wire and on disk: an owner, and a view that is never stored.
using Bytes = std::string;
using BytesView = std::string_view;

using RankId = std::uint16_t;  // MPI rank number.
using Slot = std::uint16_t;    // hash(name) % kSlotCount, see placement.h.
using PortId =
    std::uint32_t;  // one edge thread at its rank; given by the rank, never reused there.
using SessionId =
    std::uint64_t;          // one socket at one edge thread; given by the edge, never reused there.
using Tag = std::uint64_t;  // one SEND of one session: 1, 2, 3 …
using Mseq = std::uint64_t;  // number of a message in its owner's mailbox: 1, 2, 3 … without holes.
using Lsn = std::uint64_t;     // number of a record in one rank's log: 1, 2, 3 …
using LogId = std::uint64_t;   // one log; new when the number of ranks changes.
using Epoch = std::uint32_t;   // of the backbone: one MPI job.
using Sepoch = std::uint64_t;  // of a login: backbone epoch << 32 | login counter of its home.
using Print = std::uint64_t;   // keyed hash of (id, body), see record.h.
using Incarnation =
    std::uint64_t;  // one life of a port's ZeroMQ socket; random, so never met twice.

inline constexpr RankId kNoRank = 0xffff;
inline constexpr Mseq kNoMseq = ~Mseq{0};
// The port number under which a rank's admin socket sends and is answered.
inline constexpr PortId kAdminPort = 0xffffffff;

constexpr Sepoch make_sepoch(Epoch epoch, std::uint32_t counter) {
  return Sepoch{epoch} << 32 | counter;
}
constexpr Epoch epoch_of(Sepoch sepoch) {
  return static_cast<Epoch>(sepoch >> 32);
}

// Where a session is: which rank, which port there, which socket of that edge thread.
struct Address {
  RankId rank = kNoRank;
  PortId port = 0;
  SessionId session = 0;
  friend bool operator==(const Address&, const Address&) = default;
};

// Time is an argument everywhere in pure code. Both are read once per turn, at the rim.
struct Now {
  std::int64_t mono_us = 0;  // monotonic, microseconds; orders and times out.
  std::int64_t wall_ms = 0;  // Unix time, milliseconds; shown to people, orders nothing.
};

// Where a rank's data lies, told to clients in `welcome`.
enum class Storage : std::uint8_t { disk = 1, tmpfs = 2, memory = 3 };  // never renumber
constexpr std::string_view to_string(Storage storage) {
  switch (storage) {
    case Storage::disk:
      return "disk";
    case Storage::tmpfs:
      return "tmpfs";
    case Storage::memory:
      return "memory";
  }
  return "unknown";
}

enum class MessageClass : std::uint8_t { stored = 1, direct = 2 };  // never renumber

}  // namespace trunkline::wire
