#include "wire/placement.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "wire/check.h"
#include "wire/crc32c.h"

namespace trunkline::wire {

Slot slot_of(std::string_view name) {
  return static_cast<Slot>(XXH3_64bits(name.data(), name.size()) % kSlotCount);
}

SlotMap SlotMap::fresh(std::size_t ranks, Epoch epoch) {
  TRUNKLINE_CHECK(ranks >= 1 && ranks <= kRanksMax, "a slot map needs 1 to 4096 ranks");
  SlotMap map;
  map.count_ = ranks;
  map.epoch_ = epoch;
  for (std::size_t slot = 0; slot < kSlotCount; ++slot) {
    map.ranks_[slot] = static_cast<RankId>(slot % ranks);
  }
  return map;
}

std::uint32_t SlotMap::fingerprint() const {
  std::uint32_t crc = 0;
  for (const RankId rank : ranks_) {
    const char bytes[2] = {static_cast<char>(rank & 0xff), static_cast<char>(rank >> 8)};
    crc = crc32c({bytes, 2}, crc);
  }
  return crc;
}

}  // namespace trunkline::wire
