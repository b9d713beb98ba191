#include "tests/support/chaos_proxy.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <boost/asio.hpp>
#include <chrono>
#include <thread>

namespace trunkline::tests {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kPatience = 20s;

// A pair of sockets with the proxy between, read and written by the test itself.
class ChaosProxyTest : public testing::Test {
 protected:
  static std::string address_of(const tcp::acceptor& acceptor) {
    return "127.0.0.1:" + std::to_string(acceptor.local_endpoint().port());
  }
  struct Ends {
    tcp::socket client, server;
  };
  Ends connect(tcp::acceptor& to) {
    tcp::socket client(io_);
    client.connect({asio::ip::address_v4::loopback(), proxy_.port()});
    tcp::socket server = to.accept();
    const auto until = Clock::now() + kPatience;
    while (proxy_.connected() == 0 && Clock::now() < until) ::poll(nullptr, 0, 1);
    return {std::move(client), std::move(server)};
  }
  Ends connect() { return connect(acceptor_); }

  static bool is_readable(tcp::socket& socket, std::chrono::milliseconds patience) {
    pollfd waited{socket.native_handle(), POLLIN, 0};
    return ::poll(&waited, 1, static_cast<int>(patience.count())) == 1;
  }
  // What comes until there are `size` bytes, or the connection ends (then `end_` says how).
  std::string hear(tcp::socket& socket, std::size_t size) {
    std::string heard;
    end_ = {};
    while (heard.size() < size && !end_) {
      if (!is_readable(socket, kPatience)) {
        ADD_FAILURE() << "nothing comes any more";
        break;
      }
      char bytes[4096];
      const std::size_t most = std::min(size - heard.size(), sizeof bytes);
      heard.append(bytes, socket.read_some(asio::buffer(bytes, most), end_));
    }
    return heard;
  }
  static void say(tcp::socket& socket, const std::string& what) {
    asio::write(socket, asio::buffer(what));
  }

  asio::io_context io_;
  tcp::acceptor acceptor_{io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  ChaosProxy proxy_{address_of(acceptor_)};
  boost::system::error_code end_;
};

TEST_F(ChaosProxyTest, PassesOnWhatBothSay) {
  Ends ends = connect();
  const std::string much(3'000'000, 'x');
  std::thread writer([&] { say(ends.client, much); });
  EXPECT_EQ(hear(ends.server, much.size()), much);
  writer.join();
  say(ends.server, "answer");
  EXPECT_EQ(hear(ends.client, 6), "answer");
  EXPECT_EQ(proxy_.bytes(), much.size() + 6);
  EXPECT_EQ(proxy_.accepted(), 1u);
}

TEST_F(ChaosProxyTest, PassesOnAnEndAfterAllThatWasSaidBefore) {
  Ends ends = connect();
  say(ends.client, "last words");
  ends.client.shutdown(tcp::socket::shutdown_send);
  EXPECT_EQ(hear(ends.server, 100), "last words");
  EXPECT_EQ(end_, asio::error::eof);
  say(ends.server, "still heard");
  EXPECT_EQ(hear(ends.client, 11), "still heard") << "one way of two has ended";
}

TEST_F(ChaosProxyTest, ADelayHoldsBackEachWayAndKeepsTheOrder) {
  Ends ends = connect();
  proxy_.set({.delay = 150ms});
  const auto begin = Clock::now();
  say(ends.client, "one ");
  say(ends.client, "two");
  EXPECT_EQ(hear(ends.server, 7), "one two");
  EXPECT_GE(Clock::now() - begin, 150ms);
  say(ends.server, "three");
  EXPECT_EQ(hear(ends.client, 5), "three");
  EXPECT_GE(Clock::now() - begin, 300ms);
}

TEST_F(ChaosProxyTest, AThrottledWayTakesItsTimeAndLosesNothing) {
  Ends ends = connect();
  proxy_.set({.bytes_per_second = 10'000});
  const std::string words = std::string(1'000, 'a') + std::string(2'000, 'b');
  const auto begin = Clock::now();
  say(ends.client, words);
  EXPECT_EQ(hear(ends.server, words.size()), words);
  EXPECT_GE(Clock::now() - begin, 250ms);
  proxy_.heal();
  say(ends.client, "quick");
  EXPECT_EQ(hear(ends.server, 5), "quick");
}

TEST_F(ChaosProxyTest, ABlackHolePassesNothingUntilItIsGone) {
  Ends ends = connect();
  say(ends.client, "before ");
  EXPECT_EQ(hear(ends.server, 7), "before ");
  proxy_.set({.black_hole = true});
  say(ends.client, "in it ");
  say(ends.server, "in it too");
  EXPECT_FALSE(is_readable(ends.server, 100ms));
  EXPECT_FALSE(is_readable(ends.client, 0ms));
  proxy_.heal();
  say(ends.client, "after");
  EXPECT_EQ(hear(ends.server, 11), "in it after");
  EXPECT_EQ(hear(ends.client, 9), "in it too");
}

TEST_F(ChaosProxyTest, ACutInOrderIsAnEndOfFileAtBothEnds) {
  Ends ends = connect();
  proxy_.cut(ChaosProxy::End::fin);
  EXPECT_EQ(hear(ends.client, 1), "");
  EXPECT_EQ(end_, asio::error::eof);
  EXPECT_EQ(hear(ends.server, 1), "");
  EXPECT_EQ(end_, asio::error::eof);
  EXPECT_EQ(proxy_.connected(), 0u);
}

TEST_F(ChaosProxyTest, AResetIsAResetAtBothEnds) {
  Ends ends = connect();
  proxy_.cut(ChaosProxy::End::rst);
  EXPECT_EQ(hear(ends.client, 1), "");
  EXPECT_EQ(end_, asio::error::connection_reset);
  EXPECT_EQ(hear(ends.server, 1), "");
  EXPECT_EQ(end_, asio::error::connection_reset);
}

TEST_F(ChaosProxyTest, AConnectionIsCutAfterItsBytes) {
  proxy_.set({.cut_after = 10});
  Ends ends = connect();
  say(ends.server, "1234");
  EXPECT_EQ(hear(ends.client, 4), "1234");
  say(ends.client, "567890 never");
  const std::string heard = hear(ends.server, 100);
  EXPECT_TRUE(std::string("567890").starts_with(heard)) << heard << ": an RST may overtake bytes";
  EXPECT_EQ(end_, asio::error::connection_reset);
  EXPECT_EQ(proxy_.bytes(), 10u);
}

TEST_F(ChaosProxyTest, AHalfOpenConnectionIsToldToOneEndOnly) {
  Ends ends = connect();
  proxy_.lose(ChaosProxy::Side::client);
  EXPECT_EQ(hear(ends.client, 1), "");
  EXPECT_EQ(end_, asio::error::connection_reset);
  say(ends.server, "is anybody there?");
  EXPECT_FALSE(is_readable(ends.server, 100ms)) << "it hears nothing, no end either";
  proxy_.cut(ChaosProxy::End::rst);
  EXPECT_EQ(hear(ends.server, 1), "");
  EXPECT_EQ(end_, asio::error::connection_reset);
}

TEST_F(ChaosProxyTest, WhatComesLaterGoesWhereItIsAimed) {
  Ends ends = connect();
  tcp::acceptor other(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  proxy_.aim(address_of(other));
  Ends later = connect(other);
  say(later.client, "new");
  EXPECT_EQ(hear(later.server, 3), "new");
  say(ends.client, "old");
  EXPECT_EQ(hear(ends.server, 3), "old") << "what was there stays";
}

TEST_F(ChaosProxyTest, WhereNobodyListensAConnectionIsReset) {
  acceptor_.close();
  tcp::socket client(io_);
  client.connect({asio::ip::address_v4::loopback(), proxy_.port()});
  EXPECT_EQ(hear(client, 1), "");
  EXPECT_EQ(end_, asio::error::connection_reset);
}

}  // namespace
}  // namespace trunkline::tests
