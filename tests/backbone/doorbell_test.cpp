#include "backbone/doorbell.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "tests/support/temporary_directory.h"

namespace trunkline::backbone {
namespace {

bool rings(int descriptor) {
  pollfd wanted{descriptor, POLLIN, 0};
  return ::poll(&wanted, 1, 5'000) == 1;
}
bool is_silent(int descriptor) {
  pollfd wanted{descriptor, POLLIN, 0};
  return ::poll(&wanted, 1, 0) == 0;
}

class Bells {
 public:
  explicit Bells(bool same_host) {
    const std::vector<Doorbell::Bell> bells{{one.path(), one.address(), same_host},
                                            {two.path(), two.address(), same_host}};
    one.set_bells(bells);
    two.set_bells(bells);
  }
  tests::TemporaryDirectory run;
  Doorbell one{run.path(), 0, "127.0.0.1"};
  Doorbell two{run.path(), 1, "127.0.0.1"};
};

TEST(Doorbell, WakesTheRankOnTheSameHost) {
  Bells bells(true);
  bells.one.ring(1);
  EXPECT_TRUE(rings(bells.two.unix_descriptor()));
  EXPECT_TRUE(is_silent(bells.one.unix_descriptor()));
  bells.two.drain();
  EXPECT_TRUE(is_silent(bells.two.unix_descriptor()));
  EXPECT_EQ(bells.two.counters().heard, 1u);
}

TEST(Doorbell, WakesTheRankOnAnotherHost) {
  Bells bells(false);
  bells.one.ring(1);
  EXPECT_TRUE(rings(bells.two.udp_descriptor()));
  bells.two.drain();
  EXPECT_EQ(bells.two.counters().heard, 1u);
  EXPECT_EQ(bells.two.counters().strangers, 0u);
}

TEST(Doorbell, IsALevelHoweverOftenItIsRung) {
  Bells bells(true);
  for (int n = 0; n < 1'000; ++n) bells.one.ring(1);
  EXPECT_EQ(bells.one.counters().rung, 1'000u);
  EXPECT_GT(bells.one.counters().rung_full, 0u);
  EXPECT_EQ(bells.one.counters().unrung, 0u);
  bells.two.drain();
  EXPECT_TRUE(is_silent(bells.two.unix_descriptor()));
}

TEST(Doorbell, StrangersAreTakenIgnoredAndCounted) {
  Bells bells(false);
  const int stranger = ::socket(AF_INET, SOCK_DGRAM, 0);
  const sockaddr_in at = address_of(bells.two.address());
  for (const char* note : {"x", "", "a longer datagram than any ring is"}) {
    ::sendto(stranger, note, std::strlen(note), 0, reinterpret_cast<const sockaddr*>(&at),
             sizeof at);
  }
  ::close(stranger);
  EXPECT_TRUE(rings(bells.two.udp_descriptor()));
  bells.one.ring(1);
  bells.two.drain();
  EXPECT_EQ(bells.two.counters().strangers, 3u);
  EXPECT_EQ(bells.two.counters().heard, 1u);
  EXPECT_TRUE(is_silent(bells.two.udp_descriptor()));
}

TEST(Doorbell, ARankThatIsNotThereYetIsNoError) {
  const tests::TemporaryDirectory run;
  Doorbell one(run.path(), 0, "");
  one.set_bells({{one.path(), "", true}, {run.path() + "/rank-1.bell", "", true}});
  one.ring(1);
  EXPECT_EQ(one.counters().unrung, 1u);
  EXPECT_EQ(one.udp_descriptor(), -1);
}

TEST(Doorbell, ItsSocketIsOursAloneAndGoesWithIt) {
  const tests::TemporaryDirectory run;
  struct stat status {};
  {
    const Doorbell bell(run.path(), 3, "");
    ASSERT_EQ(::stat(bell.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 077u, 0u);
  }
  EXPECT_NE(::stat((run.path() + "/rank-3.bell").c_str(), &status), 0);
}

TEST(Doorbell, APathThatIsTooLongIsRefusedWithTheFix) {
  try {
    const Doorbell bell("/tmp/" + std::string(120, 'x'), 0, "");
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("shorter --run-dir"), std::string::npos);
  }
}

const std::vector<HostAddress> kAddresses{
    {"lo", "127.0.0.1", true}, {"eth0", "192.168.7.20", false}, {"ib0", "10.4.0.20", false}};

TEST(Interface, UnnamedItIsTheFirstThatIsNotLoopback) {
  EXPECT_EQ(choose_address("", kAddresses), "192.168.7.20");
}
TEST(Interface, IsNamedByAddressBlockOrName) {
  EXPECT_EQ(choose_address("10.4.0.20", kAddresses), "10.4.0.20");
  EXPECT_EQ(choose_address("10.0.0.0/8", kAddresses), "10.4.0.20");
  EXPECT_EQ(choose_address("ib0", kAddresses), "10.4.0.20");
  EXPECT_EQ(choose_address("0.0.0.0/0", kAddresses), "127.0.0.1");
}
TEST(Interface, WhatThisHostDoesNotHaveIsRefusedWithAList) {
  for (const char* wanted : {"eth1", "10.5.0.0/16", "10.4.0.21", "10.0.0.0/33"}) {
    EXPECT_THROW(choose_address(wanted, kAddresses), std::runtime_error) << wanted;
  }
  EXPECT_THROW(choose_address("", {kAddresses[0]}), std::runtime_error);
}

}  // namespace
}  // namespace trunkline::backbone
