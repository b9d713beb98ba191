#include "wire/placement.h"

#include <gtest/gtest.h>

#include <string>

namespace trunkline::wire {
namespace {

TEST(Placement, TheHashIsFixedForEver) {
  // On disk and on the wire: a change here strands every mailbox.
  EXPECT_EQ(slot_of("alice"), slot_of("alice"));
  EXPECT_EQ(slot_of(""), 1218);
  EXPECT_EQ(slot_of("alice"), 1712);
  EXPECT_EQ(slot_of("bob"), 2277);
}

TEST(Placement, AFreshMapSharesSlotsEvenly) {
  for (const std::size_t ranks : {1, 2, 3, 8, 1024}) {
    const SlotMap map = SlotMap::fresh(ranks, 1);
    std::vector<std::size_t> owned(ranks);
    for (std::size_t slot = 0; slot < kSlotCount; ++slot)
      ++owned[map.rank_of(static_cast<Slot>(slot))];
    for (const std::size_t count : owned) {
      EXPECT_GE(count, kSlotCount / ranks);
      EXPECT_LE(count, kSlotCount / ranks + 1);
    }
  }
}

TEST(Placement, UsersSpreadOverRanks) {
  const SlotMap map = SlotMap::fresh(8, 1);
  std::vector<int> users(8);
  for (int user = 0; user < 8000; ++user) ++users[map.home("u" + std::to_string(user))];
  for (const int count : users) {
    EXPECT_GT(count, 800);
    EXPECT_LT(count, 1200);
  }
}

TEST(Placement, TheFingerprintTellsLayoutsApartButNotEpochs) {
  EXPECT_EQ(SlotMap::fresh(4, 1).fingerprint(), SlotMap::fresh(4, 9).fingerprint());
  EXPECT_NE(SlotMap::fresh(4, 1).fingerprint(), SlotMap::fresh(5, 1).fingerprint());
}

}  // namespace
}  // namespace trunkline::wire
