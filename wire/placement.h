// Where a user lives: home(name) = slot map [hash(name) % 4096]. Pure; every process computes the
// same.
#pragma once

#include <array>
#include <string_view>

#include "wire/ids.h"

namespace trunkline::wire {

inline constexpr std::size_t kSlotCount =
    4096;  // bounds the number of ranks; never change: it is on disk
inline constexpr std::size_t kRanksMax = kSlotCount;

// XXH3 (64 bits, seed 0) of the bytes of the name, modulo kSlotCount. The hash is fixed for ever.
Slot slot_of(std::string_view name);

// Which rank owns each slot, in one backbone epoch. A value: copied freely, compared at start.
class SlotMap {
 public:
  // The map of a fresh cluster: slot s belongs to rank s % ranks. REQUIRES: 1 <= ranks <=
  // kRanksMax.
  static SlotMap fresh(std::size_t ranks, Epoch epoch);

  RankId rank_of(Slot slot) const { return ranks_[slot % kSlotCount]; }
  RankId home(std::string_view name) const { return rank_of(slot_of(name)); }
  std::size_t ranks() const { return count_; }
  Epoch epoch() const { return epoch_; }

  // A checksum of the assignment alone (not of the epoch): kept with the data, so that data of
  // another layout is refused at start.
  std::uint32_t fingerprint() const;

 private:
  std::array<RankId, kSlotCount> ranks_{};
  std::size_t count_ = 0;
  Epoch epoch_ = 0;
};

}  // namespace trunkline::wire
