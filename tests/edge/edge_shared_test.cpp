// Who is let in by the edge: in all, by address, and by the descriptors that the process may open.
#include "edge/edge_shared.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace trunkline::edge {
namespace {

using boost::asio::ip::make_address;
using Admission = EdgeShared::Admission;

class Admitting : public testing::Test {
 protected:
  // How many of `tries` connections from there are let in.
  static int admitted(EdgeShared& shared, const char* address, int tries) {
    int count = 0;
    for (int i = 0; i < tries; ++i) {
      if (shared.admit(make_address(address)) == Admission::admitted) ++count;
    }
    return count;
  }
  EdgeConfig config_;
};

TEST_F(Admitting, AHundredAndFirstConnectionOfAnAddressIsTurnedAway) {
  EdgeShared shared(config_);
  EXPECT_EQ(admitted(shared, "192.0.2.1", 101), 100);
  EXPECT_EQ(shared.admit(make_address("192.0.2.1")), Admission::too_many_of_address);
  EXPECT_EQ(shared.admit(make_address("192.0.2.2")), Admission::admitted);
  shared.left(make_address("192.0.2.1"));
  EXPECT_EQ(admitted(shared, "192.0.2.1", 2), 1);
}

TEST_F(Admitting, AnIPv6HostIsItsNetworkAndAMappedAddressIsIPv4) {
  config_.connections_per_address_max = 2;
  EdgeShared shared(config_);
  EXPECT_EQ(admitted(shared, "2001:db8::1", 1) + admitted(shared, "2001:db8::2", 1), 2);
  EXPECT_EQ(shared.admit(make_address("2001:db8::ffff:3")), Admission::too_many_of_address);
  EXPECT_EQ(shared.admit(make_address("2001:db8:0:1::1")), Admission::admitted);
  EXPECT_EQ(admitted(shared, "192.0.2.1", 1) + admitted(shared, "::ffff:192.0.2.1", 1), 2);
  EXPECT_EQ(shared.admit(make_address("192.0.2.1")), Admission::too_many_of_address);
}

// Everybody on a shared machine comes from there, and tunnels do.
TEST_F(Admitting, LoopbackIsNoAddressButCountsInAll) {
  config_.connections_max = 300;
  EdgeShared shared(config_);
  EXPECT_EQ(admitted(shared, "127.0.0.1", 301), 300);
  EXPECT_EQ(shared.admit(make_address("192.0.2.1")), Admission::full);
}

TEST_F(Admitting, OneInTenDescriptorsIsKeptForOtherThings) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit few{200, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  EdgeShared shared(config_);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(admitted(shared, "127.0.0.1", 181), 180);
  EXPECT_EQ(shared.admit(make_address("127.0.0.1")), Admission::full);
}

TEST_F(Admitting, FailedLoginsCountByAddressAndLoopbackIsNeverBanned) {
  EdgeShared shared(config_);
  const auto far = make_address("192.0.2.1"), near = make_address("127.0.0.1");
  for (int i = 0; i < 20; ++i) {
    const std::string user = "user " + std::to_string(i);
    EXPECT_TRUE(shared.may_try(far, user, 0)) << i;
    shared.login_failed(far, user, 0);
    shared.login_failed(near, user, 0);
  }
  EXPECT_FALSE(shared.may_try(far, "anybody", 0));
  EXPECT_TRUE(shared.may_try(near, "anybody", 0));
}

}  // namespace
}  // namespace trunkline::edge
