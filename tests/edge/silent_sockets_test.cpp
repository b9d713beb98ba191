// Sockets that say nothing, half of something, or something else: cut in time, and counted. Nobody
// speaks WebSocket here; the edge has no rank.
#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <functional>
#include <zmq.hpp>

#include "edge/edge.h"
#include "edge/edge_shared.h"
#include "tests/edge/test_certificate.h"
#include "tests/support/temporary_directory.h"

namespace trunkline::edge {
namespace {

using boost::asio::ip::tcp;

class SilentSockets : public testing::Test {
 protected:
  SilentSockets() { config_.endpoint = "inproc://nobody"; }
  ~SilentSockets() override { edge_.reset(); }

  // A socket that says `bytes` and nothing more.
  void say(const std::string& bytes) {
    if (edge_ == nullptr) {
      shared_ = make_edge_shared(config_);
      edge_ = std::make_unique<EdgeLoop>(io_, zmq_, config_, 0, shared_);
      port_ = edge_->start();
    }
    socket_.emplace(io_);
    socket_->connect({boost::asio::ip::make_address("127.0.0.1"), port_});
    boost::asio::write(*socket_, boost::asio::buffer(bytes));
    read_on();
  }
  std::uint64_t count(std::uint64_t RimCounters::*counter) {
    std::uint64_t sum = 0;
    for (const auto& [thread, counters] : shared_->published()) sum += counters.rim.*counter;
    return sum;
  }
  bool wait_until(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition() && std::chrono::steady_clock::now() < end) {
      io_.run_for(std::chrono::milliseconds(5));
    }
    return condition();
  }

  EdgeConfig config_;
  bool closed_ = false;
  std::string heard_;

 private:
  void read_on() {
    socket_->async_read_some(boost::asio::buffer(room_),
                             [this](boost::system::error_code error, std::size_t size) {
                               heard_.append(room_.data(), size);
                               closed_ = static_cast<bool>(error);
                               if (!error) read_on();
                             });
  }

  boost::asio::io_context io_{1};
  zmq::context_t zmq_;
  std::shared_ptr<EdgeShared> shared_;
  std::unique_ptr<EdgeLoop> edge_;
  std::uint16_t port_ = 0;
  std::optional<tcp::socket> socket_;
  std::array<char, 1024> room_;
};

const std::string kUpgrade =
    "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Protocol: trunkline.v1.json\r\n\r\n";

TEST_F(SilentSockets, WhoSaysNothingIsCutAndCounted) {
  config_.times.upgrade_us = 20'000;
  say("");
  EXPECT_TRUE(wait_until([&] { return closed_; }));
  EXPECT_TRUE(wait_until([&] { return count(&RimCounters::requests_late) == 1; }));
  EXPECT_EQ(heard_, "");
}

TEST_F(SilentSockets, HalfARequestGainsNoTime) {
  config_.times.upgrade_us = 20'000;
  say(kUpgrade.substr(0, kUpgrade.size() - 1));
  EXPECT_TRUE(wait_until([&] { return closed_; }));
  EXPECT_TRUE(wait_until([&] { return count(&RimCounters::requests_late) == 1; }));
}

TEST_F(SilentSockets, HalfOfTlsGainsNoTimeEither) {
  tests::TemporaryDirectory directory;
  config_.certificate = directory.path() + "/cert.pem";
  config_.key = directory.path() + "/key.pem";
  make_test_certificate(config_.certificate, config_.key);
  config_.times.upgrade_us = 20'000;
  say(std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc", 9));
  EXPECT_TRUE(wait_until([&] { return closed_; }));
  EXPECT_TRUE(wait_until([&] { return count(&RimCounters::requests_late) == 1; }));
}

TEST_F(SilentSockets, WhatIsNoTlsIsCutAndCounted) {
  tests::TemporaryDirectory directory;
  config_.certificate = directory.path() + "/cert.pem";
  config_.key = directory.path() + "/key.pem";
  make_test_certificate(config_.certificate, config_.key);
  say(kUpgrade);
  EXPECT_TRUE(wait_until([&] { return closed_; }));
  EXPECT_TRUE(wait_until([&] { return count(&RimCounters::tls_failed) == 1; }));
  EXPECT_EQ(count(&RimCounters::requests_late), 0u);
}

TEST_F(SilentSockets, WhoMissesTwoPingsIsCutAndCounted) {
  config_.times.ping_us = 20'000;
  say(kUpgrade);
  EXPECT_TRUE(wait_until([&] { return closed_; }));
  EXPECT_TRUE(wait_until([&] { return count(&RimCounters::pings_missed) == 1; }));
  // The answer, then two pings: the first was not answered in time, nor the second.
  EXPECT_EQ(heard_.substr(heard_.find("\r\n\r\n") + 4), std::string("\x89\x00\x89\x00", 4));
}

TEST_F(SilentSockets, ManyThatSayNothingAreTurnedAwayBeyondTheLimit) {
  config_.connections_max = 0;
  say(kUpgrade);
  EXPECT_TRUE(wait_until([&] { return closed_; }));
  EXPECT_TRUE(wait_until([&] { return count(&RimCounters::turned_away) == 1; }));
  EXPECT_EQ(heard_, "");
}

}  // namespace
}  // namespace trunkline::edge
