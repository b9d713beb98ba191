#include "backbone/sleeper.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <boost/asio/post.hpp>

#include "backbone/clocks.h"

namespace trunkline::backbone {
namespace {

class SleeperTest : public testing::Test {
 protected:
  ~SleeperTest() override { ::close(bell_); }
  void ring() {
    const std::uint64_t one = 1;
    ASSERT_EQ(::write(bell_, &one, sizeof one), static_cast<ssize_t>(sizeof one));
  }
  void silence() {
    std::uint64_t count = 0;
    ASSERT_EQ(::read(bell_, &count, sizeof count), static_cast<ssize_t>(sizeof count));
  }
  std::uint64_t woken(Wake cause) const {
    return sleeper_.counters().woken[static_cast<std::size_t>(cause)];
  }
  static std::int64_t in_us(std::int64_t later_us) { return read_clocks().mono_us + later_us; }
  static constexpr std::int64_t kLongUs = 30'000'000;

  boost::asio::io_context io_{1};
  int bell_ = ::eventfd(0, EFD_NONBLOCK);
  Sleeper sleeper_{io_};
};

TEST_F(SleeperTest, WakesAtTheDeadlineAndNotBefore) {
  const std::int64_t deadline_us = in_us(3'000);
  sleeper_.sleep_until(deadline_us);
  EXPECT_GE(read_clocks().mono_us, deadline_us);
  EXPECT_EQ(woken(Wake::timer), 1u);
}

TEST_F(SleeperTest, WakesForADescriptorAndSaysWhy) {
  int calls = 0;
  sleeper_.watch(bell_, Wake::doorbell, [&] { ++calls; });
  ring();
  sleeper_.sleep_until(in_us(kLongUs));
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(woken(Wake::doorbell), 1u);
  EXPECT_EQ(woken(Wake::timer), 0u);
}

TEST_F(SleeperTest, ADescriptorIsALevel) {
  sleeper_.watch(bell_, Wake::store);
  ring();
  sleeper_.sleep_until(in_us(kLongUs));
  sleeper_.sleep_until(in_us(kLongUs));  // still readable: it says so again
  EXPECT_EQ(woken(Wake::store), 2u);
  silence();
  sleeper_.sleep_until(in_us(1'000));
  EXPECT_EQ(woken(Wake::store), 2u);
  EXPECT_EQ(woken(Wake::timer), 1u);
}

TEST_F(SleeperTest, ADeadlineThatMovesDoesNotWake) {
  sleeper_.watch(bell_, Wake::port);
  ring();
  sleeper_.sleep_until(in_us(1'000));
  silence();
  const std::int64_t later_us = in_us(5'000);
  sleeper_.sleep_until(later_us);
  EXPECT_GE(read_clocks().mono_us, later_us);
  EXPECT_EQ(sleeper_.counters().sleeps, 2u);
}

TEST_F(SleeperTest, WhatOthersRunOnTheContextWakesAsTheEdge) {
  bool ran = false;
  boost::asio::post(io_, [&] { ran = true; });
  sleeper_.sleep_until(in_us(kLongUs));
  EXPECT_TRUE(ran);
  EXPECT_EQ(woken(Wake::edge), 1u);
}

TEST_F(SleeperTest, PollingNeverSleeps) {
  sleeper_.poll();
  sleeper_.poll();
  EXPECT_EQ(sleeper_.counters().sleeps, 0u);
}

}  // namespace
}  // namespace trunkline::backbone
