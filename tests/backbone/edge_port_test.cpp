#include "backbone/edge_port.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <chrono>

#include "tests/support/temporary_directory.h"
#include "wire/limits.h"

namespace trunkline::backbone {
namespace {

// An edge's end, as an edge makes it.
class Edge {
 public:
  Edge(zmq::context_t& context, const std::string& endpoint, const std::string& server_key = {},
       const char* public_key = nullptr, const char* secret_key = nullptr)
      : socket_(context, zmq::socket_type::dealer) {
    socket_.set(zmq::sockopt::linger, 0);
    socket_.set(zmq::sockopt::rcvtimeo, 5'000);
    if (!server_key.empty()) {
      socket_.set(zmq::sockopt::curve_serverkey, server_key);
      socket_.set(zmq::sockopt::curve_publickey, std::string(public_key));
      socket_.set(zmq::sockopt::curve_secretkey, std::string(secret_key));
    }
    socket_.connect(endpoint);
  }
  void send(const std::string& batch) { socket_.send(zmq::buffer(batch)); }
  zmq::socket_t& socket() { return socket_; }
  std::string receive() {
    zmq::message_t message;
    return socket_.recv(message) ? message.to_string() : "nothing in 5 s";
  }

 private:
  zmq::socket_t socket_;
};

class EdgePortTest : public testing::Test {
 protected:
  EdgePortConfig local() { return {run_.path() + "/rank-0.ports", "", {}}; }

  // Waits as the rank does: the descriptor says "look", the looking is up to us.
  static bool wait_for(EdgePort& port, EdgePort::Received& out) {
    for (int wakes = 0; wakes < 500; ++wakes) {
      port.admit();
      port.look_again();
      if (port.receive(out)) return true;
      EXPECT_TRUE(port.is_empty());
      pollfd wanted[3] = {{port.descriptor(), POLLIN, 0},
                          {port.tcp_descriptor(), POLLIN, 0},
                          {port.admission_descriptor(), POLLIN, 0}};
      if (::poll(wanted, 3, 5'000) == 0) return false;
    }
    return false;
  }
  static std::string text(const EdgePort::Received& batch) { return {batch.data, batch.size}; }

  tests::TemporaryDirectory run_;
  zmq::context_t context_;
};

TEST_F(EdgePortTest, ServesEdgesOfTheHostAndOfTheProcessAlike) {
  EdgePort port(context_, local());
  port.bind();
  EXPECT_EQ(port.endpoint(), "ipc://" + run_.path() + "/rank-0.ports");
  for (const std::string& endpoint : {port.endpoint(), std::string(kPortsInproc)}) {
    Edge edge(context_, endpoint);
    edge.send("a batch");
    EdgePort::Received batch;
    ASSERT_TRUE(wait_for(port, batch));
    EXPECT_EQ(text(batch), "a batch");
    EXPECT_TRUE(port.send(batch.peer, "an answer"));
    EXPECT_EQ(edge.receive(), "an answer");
  }
}

TEST_F(EdgePortTest, KeepsTheOrderOfEachEdge) {
  EdgePort port(context_, local());
  port.bind();
  Edge edge(context_, port.endpoint());
  for (int n = 0; n < 100; ++n) edge.send(std::to_string(n));
  for (int n = 0; n < 100; ++n) {
    EdgePort::Received batch;
    ASSERT_TRUE(wait_for(port, batch));
    EXPECT_EQ(text(batch), std::to_string(n));
  }
}

// Both ends of the fused port are this thread's: nobody waits, and nobody looks without being told.
TEST_F(EdgePortTest, TheFusedEdgeIsTakenAtItsWord) {
  EdgePort port(context_, local());
  port.bind();
  Edge edge(context_, kPortsFused);
  EdgePort::Received batch;
  for (int round = 0; round < 1'000; ++round) {  // more than ZeroMQ's own looks are apart
    const std::string first = std::to_string(round), second = first + " again";
    edge.send(first);
    edge.send(second);
    EXPECT_FALSE(port.receive(batch));
    port.expect(2);
    EXPECT_FALSE(port.is_empty());
    ASSERT_TRUE(port.receive(batch));
    EXPECT_EQ(text(batch), first);
    ASSERT_TRUE(port.receive(batch));
    EXPECT_EQ(text(batch), second);
    EXPECT_TRUE(port.is_empty());
    ASSERT_TRUE(port.send(batch.peer, "an answer"));
    EXPECT_EQ(port.sent_to_fused(), 1u);
    EXPECT_EQ(port.sent_to_fused(), 0u);
    ASSERT_EQ(edge.receive(), "an answer");
  }
}

TEST_F(EdgePortTest, AFusedEdgeThatOpensAgainIsHeardAgain) {
  EdgePort port(context_, local());
  port.bind();
  EdgePort::Received batch;
  for (int life = 0; life < 20; ++life) {
    Edge edge(context_, kPortsFused);
    edge.send("a batch");
    port.expect(1 + 2);  // two of its last life are gone with their socket
    ASSERT_TRUE(port.receive(batch));
    EXPECT_EQ(text(batch), "a batch");
    EXPECT_FALSE(port.receive(batch));
    EXPECT_TRUE(port.is_empty()) << "what is gone is not waited for";
    edge.send("one more");
    port.expect(1);
    ASSERT_TRUE(port.receive(batch));
    EXPECT_EQ(text(batch), "one more");
  }
}

TEST_F(EdgePortTest, APeerThatIsNotThereIsToldAtOnce) {
  EdgePort port(context_, local());
  port.bind();
  EXPECT_FALSE(port.send("lnobody", "a batch"));
  EXPECT_EQ(port.counters().unreachable, 1u);
}

TEST_F(EdgePortTest, WhatIsNotOneBatchIsDroppedAndCounted) {
  EdgePort port(context_, local());
  port.bind();
  Edge edge(context_, kPortsInproc);
  for (int part = 0; part < 5; ++part) {
    edge.socket().send(zmq::str_buffer("part"),
                       part < 4 ? zmq::send_flags::sndmore : zmq::send_flags::none);
  }
  edge.send(std::string(wire::kPortBatchBytesRoom + 1, 'x'));
  edge.send("a batch");
  EdgePort::Received batch;
  ASSERT_TRUE(wait_for(port, batch));
  EXPECT_EQ(text(batch), "a batch");
  EXPECT_EQ(port.counters().malformed, 2u);
}

TEST_F(EdgePortTest, ItsSocketIsOursAloneAndAStaleOneIsReplaced) {
  struct stat status {};
  zmq::context_t before;
  EdgePort stale(before, local());
  stale.bind();
  EdgePort port(context_, local());
  port.bind();
  ASSERT_EQ(::stat((run_.path() + "/rank-0.ports").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 077u, 0u);
}

class EdgePortOverTcp : public EdgePortTest {
 protected:
  EdgePortOverTcp() { zmq_curve_keypair(public_, secret_); }
  EdgePortConfig remote() { return {run_.path() + "/rank-0.ports", "tcp://127.0.0.1:*", {}}; }
  char public_[41], secret_[41];
};

TEST_F(EdgePortOverTcp, AnAllowedKeyIsServed) {
  EdgePort port(context_, remote());
  ASSERT_TRUE(port.allow(public_));
  port.bind();
  Edge edge(context_, port.tcp_endpoint(), port.public_key(), public_, secret_);
  edge.send("a batch");
  EdgePort::Received batch;
  ASSERT_TRUE(wait_for(port, batch));
  EXPECT_TRUE(port.send(batch.peer, "an answer"));
  EXPECT_EQ(edge.receive(), "an answer");
}

TEST_F(EdgePortOverTcp, EveryOtherKeyIsRefusedUntilItIsAllowed) {
  EdgePort port(context_, remote());
  port.bind();
  Edge edge(context_, port.tcp_endpoint(), port.public_key(), public_, secret_);
  edge.send("a batch");
  EdgePort::Received batch;
  while (port.counters().keys_refused == 0) {
    pollfd wanted{port.admission_descriptor(), POLLIN, 0};
    ASSERT_EQ(::poll(&wanted, 1, 5'000), 1);
    port.admit();
    ASSERT_FALSE(port.receive(batch));
  }
  ASSERT_TRUE(port.allow(public_));
  // ZeroMQ gives a refused handshake up: the edge comes back with a new socket (rule 6).
  Edge again(context_, port.tcp_endpoint(), port.public_key(), public_, secret_);
  again.send("a batch");
  EXPECT_TRUE(wait_for(port, batch));
}

TEST_F(EdgePortOverTcp, WhoDoesNotShakeHandsIsCut) {
  EdgePort port(context_, remote());
  port.bind();
  const std::string endpoint = port.tcp_endpoint();
  boost::asio::io_context io;
  boost::asio::ip::tcp::socket silent(io);
  silent.connect({boost::asio::ip::make_address("127.0.0.1"),
                  static_cast<std::uint16_t>(std::stoi(endpoint.substr(endpoint.rfind(':') + 1)))});
  bool ended = false;
  std::string greeting;  // ZeroMQ's own; then the end, without a word of ours
  boost::asio::async_read(silent, boost::asio::dynamic_buffer(greeting),
                          [&ended](boost::system::error_code, std::size_t) { ended = true; });
  io.run_for(std::chrono::seconds(20));  // ZeroMQ's own patience is 30 s
  EXPECT_TRUE(ended);
  EXPECT_LE(greeting.size(), 64u);
}

TEST_F(EdgePortOverTcp, WhatIsNotAKeyIsNotAllowed) {
  EdgePort port(context_, remote());
  EXPECT_FALSE(port.allow("short"));
  EXPECT_FALSE(port.allow(std::string(40, '"')));
  EdgePortConfig config = remote();
  config.allowed_keys = {"nonsense"};
  zmq::context_t other;
  EXPECT_THROW(EdgePort(other, config), std::runtime_error);
}

}  // namespace
}  // namespace trunkline::backbone
