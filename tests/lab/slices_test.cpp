#include "lab/slices.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "lab/hiccups.h"

namespace trunkline::lab {
namespace {

TEST(Slices, AreHandedOverInOrderAndAddUp) {
  std::vector<std::uint64_t> counts;
  std::vector<std::string> traced;
  Slices slices([&](const Slice& slice) {
    counts.push_back(slice.times.shown.count());
    traced.push_back(slice.traced);
  });
  for (int second = 0; second < 20; ++second) {
    for (int i = 0; i < second; ++i) shown_now(slices.now()).record(1'000 * (i + 1));
    slices.now().traced = std::to_string(second);
    slices.end();
  }
  const Times whole = slices.finish().times;
  ASSERT_EQ(counts.size(), 20U);
  for (std::size_t second = 0; second < 20; ++second) {
    EXPECT_EQ(counts[second], second) << "something of another second was left in it";
    EXPECT_EQ(traced[second], std::to_string(second));
  }
  EXPECT_EQ(whole.shown.count(), 190U);
  EXPECT_EQ(whole.shown.max(), 19'000);
}

TEST(Slices, WhatTheWriterThrowsComesOutAtTheEnd) {
  int calls = 0;
  Slices slices([&](const Slice&) {
    ++calls;
    throw std::runtime_error("the disk is full");
  });
  for (int i = 0; i < 3; ++i) {
    shown_now(slices.now()).record(5);
    slices.end();
  }
  EXPECT_THROW(slices.finish(), std::runtime_error);
  EXPECT_EQ(calls, 1) << "called again after it had failed";
}

TEST(Slices, NobodyNeedsToFinish) {
  Slices slices([](const Slice&) { throw std::runtime_error("nobody hears it"); });
  slices.end();
}

TEST(Hiccups, OfEachMillisecondAreTakenOnce) {
  HiccupMeter meter;
  Histogram all;
  while (all.count() < 100) {
    Histogram some;
    meter.take(some);
    all.add(some);
  }
  EXPECT_EQ(all.negatives(), 0U) << "a thread woke before its time";
}

}  // namespace
}  // namespace trunkline::lab
