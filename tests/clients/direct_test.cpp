// The direct class: rule 6.
#include "tests/clients/protocol_test.h"

namespace trunkline::tests {
namespace {

using wire::Code;

class DirectTest : public ProtocolTest {
 protected:
  void SetUp() override {
    alice_name = new_user("alice");
    bob_name = new_user("bob");
  }
  std::string alice_name, bob_name;
};
IN_BOTH_PROTOCOLS(DirectTest);

TEST_P(DirectTest, ArrivesWithoutANumber) {
  TestClient& bob = logged_in(bob_name, 1);
  TestClient& alice = logged_in(alice_name, 0);
  const std::string id = alice.send_direct(bob_name, "typing");
  const Shown shown = bob.expect_message(alice_name, "typing");
  EXPECT_EQ(shown.message_class, wire::MessageClass::direct);
  EXPECT_EQ(shown.mseq, 0U);
  EXPECT_EQ(shown.id, id);
  EXPECT_EQ(shown.to, bob_name);
  EXPECT_GT(shown.time_ms, 0);
  alice.expect_nothing_more();
}

TEST_P(DirectTest, GoesBetweenEveryPairOfEdgesAndHomes) {
  for (unsigned from = 0; from < 2; ++from) {
    for (unsigned to = 0; to < 2; ++to) {
      for (wire::RankId home = 0; home < 2; ++home) {
        const std::string receiver = cluster().new_user_at_home("bob", home);
        TestClient& bob = logged_in(receiver, to);
        TestClient& alice = logged_in(alice_name, from);
        // The first by way of home, later ones by the hint that it gave.
        for (int i = 0; i < 5; ++i) {
          alice.send_direct(receiver, std::to_string(i));
          bob.expect_message(alice_name, std::to_string(i));
        }
      }
    }
  }
}

TEST_P(DirectTest, ArrivesOnEveryLiveDevice) {
  TestClient* devices[] = {&logged_in(bob_name, 0, "phone"), &logged_in(bob_name, 1, "desk"),
                           &logged_in(bob_name, 1, "tablet")};
  TestClient& alice = logged_in(alice_name);
  for (int i = 0; i < 3; ++i) {
    alice.send_direct(bob_name, std::to_string(i));
    for (TestClient* device : devices) device->expect_message(alice_name, std::to_string(i));
  }
}

TEST_P(DirectTest, FollowsTheReceiverToAnotherEdge) {
  TestClient& alice = logged_in(alice_name, 0);
  TestClient& bob = logged_in(bob_name, 0);
  alice.send_direct(bob_name, "there?");
  bob.expect_message(alice_name, "there?");
  TestClient& moved = logged_in(bob_name, 1);
  bob.expect_error(Code::replaced);
  alice.send_direct(bob_name, "and there?");
  moved.expect_message(alice_name, "and there?");
}

TEST_P(DirectTest, FindsASecondDeviceThatCameLater) {
  TestClient& alice = logged_in(alice_name, 0);
  TestClient& phone = logged_in(bob_name, 0, "phone");
  for (int i = 0; i < 3; ++i) {  // alice's rank has a hint now
    alice.send_direct(bob_name, "x");
    phone.expect_message(alice_name, "x");
  }
  TestClient& desk = logged_in(bob_name, 1, "desk");
  // What was under way when it came may miss it; behind an answer of bob's home nothing does.
  alice.expect_stored(alice.send(bob_name, "fence"));
  for (TestClient* device : {&phone, &desk}) device->expect_message(alice_name, "fence");
  alice.send_direct(bob_name, "y");
  phone.expect_message(alice_name, "y");
  desk.expect_message(alice_name, "y");
}

TEST_P(DirectTest, ToOneselfArrives) {
  TestClient& alice = logged_in(alice_name);
  alice.send_direct(alice_name, "echo");
  alice.expect_message(alice_name, "echo");
}

TEST_P(DirectTest, ToWhoIsAwayIsDroppedAndNeverKept) {
  TestClient& alice = logged_in(alice_name);
  const auto dropped = [this] {
    double sum = 0;
    for (wire::RankId rank = 0; rank < 2; ++rank) {
      sum += cluster().rank_metric(rank, "trunkline_rank_direct_dropped_total");
    }
    return sum;
  };
  const double before = dropped();
  alice.send_direct(bob_name, "gone");
  alice.send(bob_name, "kept");  // takes the same road behind it
  alice.expect_stored("m2");
  EXPECT_EQ(alice.next_message().id, "m2");
  alice.expect_nothing_more();
  EXPECT_EQ(dropped(), before + 1);
  TestClient& bob = logged_in(bob_name, 1);
  bob.expect_message(alice_name, "kept");
  bob.expect_nothing_more();
}

TEST_P(DirectTest, ToNobodyIsRefused) {
  TestClient& alice = logged_in(alice_name);
  const std::string id = alice.send_direct("nobody-" + alice_name, "hello?");
  alice.expect_refused(id, Code::no_such_user);
}

TEST_P(DirectTest, Above64KiBIsRefused) {
  TestClient& alice = logged_in(alice_name);
  const std::string id = alice.send_direct(alice_name, std::string(100 * 1024, 'x'));
  alice.expect_refused(id, Code::too_large);
}

}  // namespace
}  // namespace trunkline::tests
