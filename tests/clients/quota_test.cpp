// Refusals that may be sent again: a cluster with small limits.
#include "tests/clients/protocol_test.h"

namespace trunkline::tests {
namespace {

using wire::Code;

class QuotaTest : public ProtocolTest {
 protected:
  QuotaTest() : ProtocolTest(tight_cluster) {}
  void SetUp() override {
    alice_name = new_user("alice");
    bob_name = new_user("bob");
  }
  std::string alice_name, bob_name;
};
IN_BOTH_PROTOCOLS(QuotaTest);

TEST_P(QuotaTest, CountsWhatNoDeviceHasReceived) {
  TestClient& alice = logged_in(alice_name);
  for (unsigned i = 1; i <= kTightQuota; ++i) {
    alice.send(bob_name, std::to_string(i));
    alice.expect_stored("m" + std::to_string(i));
  }
  alice.send_as("late", bob_name, "late");
  const RefusedWith refused = alice.next_refused();
  EXPECT_EQ(refused.code, Code::quota);
  EXPECT_TRUE(wire::may_retry(refused.code));

  TestClient& bob = logged_in(bob_name);
  // An unreceived message is kept whatever retention says; each is there.
  for (unsigned i = 1; i <= kTightQuota; ++i) EXPECT_EQ(bob.next_message().mseq, i);
  bob.received(kTightQuota);
  bob.history();                            // goes behind it
  alice.send_as("late", bob_name, "late");  // the same id takes its new place
  alice.expect_stored("late");
}

TEST_P(QuotaTest, OneDeviceThatReceivesIsEnough) {
  logged_in(bob_name, 0, "desk").cut();  // knows nothing, ever
  TestClient& phone = logged_in(bob_name, 0, "phone");
  TestClient& alice = logged_in(alice_name);
  for (unsigned i = 1; i <= kTightQuota + 5; ++i) {
    alice.send(bob_name, "x");
    phone.received(phone.next_message().mseq);
    phone.history();  // goes behind it
    alice.expect_stored("m" + std::to_string(i));
  }
}

TEST_P(QuotaTest, OwnCopiesDoNotCount) {
  TestClient& alice = logged_in(alice_name);
  TestClient& bob = logged_in(bob_name);
  for (unsigned i = 1; i <= kTightQuota + 5; ++i) {  // alice never says `received`
    alice.send(bob_name, "x");
    bob.received(bob.next_message().mseq);
    bob.history();  // goes behind it
    alice.expect_stored("m" + std::to_string(i));
  }
  bob.send(alice_name, "still taken");
  bob.expect_stored("m1");
}

TEST_P(QuotaTest, ASendersRateIsKeptByTheHome) {
  TestClient& alice = logged_in(alice_name);
  TestClient& bob = logged_in(bob_name);
  unsigned stored = 0;
  std::optional<RefusedWith> refused;
  while (!refused && stored <= 2 * kTightBurst) {
    alice.send(bob_name, "x");
    room().wait_until([&] { return !alice.stored().empty() || !alice.refusals().empty(); });
    if (!alice.refusals().empty()) {
      refused = alice.next_refused();
    } else {
      alice.next_stored();
      bob.received(bob.next_message().mseq);
      bob.history();  // goes behind it
      ++stored;
    }
  }
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->code, Code::rate);
  EXPECT_TRUE(wire::may_retry(refused->code));
  EXPECT_GE(stored, kTightBurst);
}

}  // namespace
}  // namespace trunkline::tests
