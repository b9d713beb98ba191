// Rule 8: above its rate or window a socket is not read, and nothing is lost; a reader that takes
// nothing for 10 s is cut, and its messages wait.
#include <chrono>

#include "tests/clients/protocol_test.h"

namespace trunkline::tests {
namespace {

using Clock = std::chrono::steady_clock;

class PressureTest : public ProtocolTest {
 protected:
  void SetUp() override {
    alice_name = new_user("alice");
    bob_name = new_user("bob");
  }
  std::string alice_name, bob_name;
};
IN_BOTH_PROTOCOLS(PressureTest);

TEST_P(PressureTest, AboveTheRateTheEdgeReadsSlowerAndLosesNothing) {
  TestClient& bob = logged_in(bob_name, 1);
  TestClient& alice = logged_in(alice_name, 0);
  constexpr int kMessages = 160;  // the burst is 100, then 20 a second
  const auto begun = Clock::now();
  for (int i = 1; i <= kMessages; ++i) alice.send(bob_name, std::to_string(i));
  for (int i = 1; i <= kMessages; ++i) bob.expect_message(alice_name, std::to_string(i));
  for (int i = 1; i <= kMessages; ++i) alice.expect_stored("m" + std::to_string(i));
  EXPECT_GE(Clock::now() - begun, std::chrono::seconds(2));
  EXPECT_TRUE(alice.is_open());
}

class WindowTest : public ProtocolTest {
 protected:
  WindowTest() : ProtocolTest(lab_cluster) {}
};
IN_BOTH_PROTOCOLS(WindowTest);

TEST_P(WindowTest, AboveTheWindowNothingIsLost) {
  const std::string alice_name = new_user("alice"), bob_name = new_user("bob");
  TestClient& bob = logged_in(bob_name, 1);
  TestClient& alice = logged_in(alice_name, 0);
  constexpr int kMessages = 3'000;
  for (int i = 1; i <= kMessages; ++i) alice.send(bob_name, std::to_string(i));
  for (int i = 1; i <= kMessages; ++i) {
    bob.expect_message(alice_name, std::to_string(i));
    alice.expect_stored("m" + std::to_string(i));
  }
}

TEST_P(WindowTest, LargeMessagesPassToo) {
  const std::string alice_name = new_user("alice"), bob_name = new_user("bob");
  TestClient& bob = logged_in(bob_name, 1);
  TestClient& alice = logged_in(alice_name, 2);
  const std::string body(60'000, 'x');
  for (int i = 1; i <= 100; ++i) alice.send(bob_name, body);
  for (int i = 1; i <= 100; ++i) {
    bob.expect_message(alice_name, body);
    alice.expect_stored("m" + std::to_string(i));
  }
}

TEST_P(WindowTest, ASlowReaderMissesNothing) {
  const std::string alice_name = new_user("alice"), bob_name = new_user("bob");
  TestClient& bob = logged_in(bob_name, 1);
  TestClient& alice = logged_in(alice_name, 0);
  bob.read(false);
  const std::string body(10'000, 'x');
  constexpr int kMessages = 1'000;  // 10 MB: more than all buffers on the way
  for (int i = 1; i <= kMessages; ++i) alice.send(bob_name, body);
  for (int i = 1; i <= kMessages; ++i) {  // the sender is not held up by the reader
    alice.expect_stored("m" + std::to_string(i));
    alice.next_message();
  }
  bob.read(true);
  for (wire::Mseq i = 1; i <= kMessages; ++i) EXPECT_EQ(bob.next_message().mseq, i);
}

TEST_P(WindowTest, AReaderThatTakesNothingIsCutAndItsMessagesWait) {
  const std::string alice_name = new_user("alice"), bob_name = new_user("bob");
  TestClient& bob = logged_in(bob_name, 1);
  TestClient& alice = logged_in(alice_name, 0);
  bob.read(false);
  const std::string body(60'000, 'x');
  constexpr int kMessages = 200;
  for (int i = 1; i <= kMessages; ++i) alice.send(bob_name, body);
  for (int i = 1; i <= kMessages; ++i) alice.next_stored();
  const double cut = cluster().edge_metric(1, "trunkline_edge_slow_consumers_total");
  const auto deadline = Clock::now() + std::chrono::seconds(20);
  while (cluster().edge_metric(1, "trunkline_edge_slow_consumers_total") == cut &&
         Clock::now() < deadline) {
    alice.round_trip();
  }
  EXPECT_GT(cluster().edge_metric(1, "trunkline_edge_slow_consumers_total"), cut);
  bob.read(true);
  const lab::Closed closed = bob.expect_closed();
  EXPECT_TRUE(closed.code == 4008 || closed.code == 1006) << closed.code;
  TestClient& again = client(0);
  again.login(bob_name, "phone", {.cursor = 0});
  for (wire::Mseq i = 1; i <= kMessages; ++i) EXPECT_EQ(again.next_message().mseq, i);
}

TEST_P(WindowTest, DirectIsDroppedFirstAndCounted) {
  const std::string alice_name = new_user("alice"), bob_name = new_user("bob");
  TestClient& bob = logged_in(bob_name, 1);
  TestClient& alice = logged_in(alice_name, 0);
  bob.read(false);
  const std::string body(30'000, 'x');
  constexpr int kMessages = 2'000;  // 60 MB
  for (int i = 0; i < kMessages; ++i) alice.send_direct(bob_name, body);
  alice.send_as("behind", alice_name, "behind them");
  alice.expect_stored("behind");
  bob.read(true);
  alice.send_as("end", bob_name, "end");
  std::size_t shown = 0;
  while (bob.next_message().id != "end") ++shown;
  EXPECT_LT(shown, static_cast<std::size_t>(kMessages));
  double dropped = 0;
  for (unsigned at = 0; at < 3; ++at) {
    dropped +=
        cluster().rank_metric(static_cast<wire::RankId>(at), "trunkline_rank_direct_dropped_total");
    dropped += cluster().edge_metric(at, "trunkline_edge_direct_dropped_total");
  }
  EXPECT_GE(dropped, static_cast<double>(kMessages) - static_cast<double>(shown));
}

}  // namespace
}  // namespace trunkline::tests
