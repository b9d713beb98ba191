#include "edge/login_throttle.h"

#include <gtest/gtest.h>

namespace trunkline::edge {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kHour = 3600 * kSecond;

std::string numbered(const char* name, int number) {
  return name + std::to_string(number);
}
void ban(LoginThrottle& throttle, const std::string& address, std::int64_t now_us) {
  for (int i = 0; i < 20; ++i) throttle.failed(address, numbered("user", i), true, now_us);
}

TEST(LoginThrottle, FiveFailuresIn30SecondsThrottleThatPair) {
  LoginThrottle throttle;
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(throttle.may_try("192.0.2.1", "alice", i * kSecond));
    throttle.failed("192.0.2.1", "alice", true, i * kSecond);
  }
  EXPECT_FALSE(throttle.may_try("192.0.2.1", "alice", 29 * kSecond));
  EXPECT_TRUE(throttle.may_try("192.0.2.1", "bob", 5 * kSecond));
  EXPECT_TRUE(throttle.may_try("192.0.2.2", "alice", 5 * kSecond)) << "nobody locks alice out";
  EXPECT_TRUE(throttle.may_try("192.0.2.1", "alice", 30 * kSecond));
}

TEST(LoginThrottle, TwentyFailuresBanAnAddressForAnHour) {
  LoginThrottle throttle;
  for (int i = 0; i < 20; ++i) {
    throttle.failed("192.0.2.1", numbered("user", i), true, i * kSecond);
    throttle.failed("127.0.0.1", numbered("user", i), false, i * kSecond);
  }
  EXPECT_FALSE(throttle.may_try("192.0.2.1", "alice", kHour));
  EXPECT_TRUE(throttle.may_try("192.0.2.1", "alice", kHour + 20 * kSecond));
  EXPECT_TRUE(throttle.may_try("127.0.0.1", "alice", 20 * kSecond));
}

TEST(LoginThrottle, NineteenFailuresIn10MinutesBanNobody) {
  LoginThrottle throttle;
  for (int i = 0; i < 100; ++i) {
    throttle.failed("192.0.2.1", numbered("user", i), true, i * 32 * kSecond);
  }
  EXPECT_TRUE(throttle.may_try("192.0.2.1", "alice", 3200 * kSecond));
  EXPECT_EQ(throttle.banned(), 0U);
}

TEST(LoginThrottle, ManyNamesAndAddressesForgetFailuresButNoBan) {
  ThrottleLimits limits;
  limits.remembered_max = 10;
  LoginThrottle throttle(limits);
  ban(throttle, "192.0.2.1", 0);
  for (int i = 0; i < 1'000; ++i) {
    throttle.failed(numbered("2001:db8:0:", i), numbered("user", i), true, i);
    throttle.failed("127.0.0.1", numbered("user", i), false, i);
  }
  EXPECT_LE(throttle.remembered(), 20U);
  EXPECT_FALSE(throttle.may_try("192.0.2.1", "alice", kSecond));
}

TEST(LoginThrottle, BeyondTheBoundTheBanThatWouldEndFirstEnds) {
  ThrottleLimits limits;
  limits.remembered_max = 3;
  LoginThrottle throttle(limits);
  for (int i = 0; i < 4; ++i) ban(throttle, numbered("address", i), i * kSecond);
  EXPECT_EQ(throttle.banned(), 3U);
  EXPECT_TRUE(throttle.may_try("address0", "alice", 4 * kSecond));
  EXPECT_FALSE(throttle.may_try("address1", "alice", 4 * kSecond));
  EXPECT_FALSE(throttle.may_try("address3", "alice", 4 * kSecond));
}

TEST(LoginThrottle, WhoGoesOnFailingIsNotForgottenFirst) {
  ThrottleLimits limits;
  limits.remembered_max = 2;
  LoginThrottle throttle(limits);
  for (int i = 0; i < 5; ++i) {
    throttle.failed("192.0.2.1", "alice", false, i);
    throttle.failed("192.0.2.1", numbered("user", i), false, i);
  }
  EXPECT_FALSE(throttle.may_try("192.0.2.1", "alice", kSecond));
}

TEST(LoginThrottle, BansThatAreOverAreForgotten) {
  LoginThrottle throttle;
  ban(throttle, "192.0.2.1", 0);
  ban(throttle, "192.0.2.2", kHour);
  EXPECT_EQ(throttle.banned(), 1U);
  EXPECT_FALSE(throttle.may_try("192.0.2.2", "alice", kHour + kSecond));
}

}  // namespace
}  // namespace trunkline::edge
