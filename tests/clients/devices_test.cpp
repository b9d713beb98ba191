// One device, one session; different devices each get everything: rule 7.
#include "tests/clients/protocol_test.h"

namespace trunkline::tests {
namespace {

using wire::Code;

class DevicesTest : public ProtocolTest {
 protected:
  void SetUp() override {
    alice_name = new_user("alice");
    bob_name = new_user("bob");
  }
  std::string alice_name, bob_name;
};
IN_BOTH_PROTOCOLS(DevicesTest);

TEST_P(DevicesTest, ANewLoginReplacesTheOlderOneOnTheSameEdge) {
  TestClient& older = logged_in(alice_name, 0);
  TestClient& newer = logged_in(alice_name, 0);
  older.expect_error(Code::replaced);
  newer.send_and_see(alice_name, "here now");
}

TEST_P(DevicesTest, ANewLoginReplacesTheOlderOneOnAnotherEdge) {
  TestClient& older = logged_in(alice_name, 0);
  TestClient& newer = logged_in(alice_name, 1);
  older.expect_error(Code::replaced);
  TestClient& newest = logged_in(alice_name, 0);
  newer.expect_error(Code::replaced);
  newest.send_and_see(alice_name, "back again");
}

TEST_P(DevicesTest, AreReplacedByNameOnly) {
  TestClient& phone = logged_in(alice_name, 0, "phone");
  TestClient& desk = logged_in(alice_name, 0, "desk");
  phone.expect_nothing_more();
  desk.expect_nothing_more();
  EXPECT_TRUE(phone.is_open() && desk.is_open());
}

TEST_P(DevicesTest, EachGetsEverything) {
  TestClient* devices[] = {&logged_in(bob_name, 0, "phone"), &logged_in(bob_name, 0, "desk"),
                           &logged_in(bob_name, 1, "tablet")};
  TestClient& alice = logged_in(alice_name, 1);
  for (int i = 1; i <= 10; ++i) alice.send(bob_name, std::to_string(i));
  for (TestClient* device : devices) {
    for (int i = 1; i <= 10; ++i) device->expect_message(alice_name, std::to_string(i));
  }
}

TEST_P(DevicesTest, ANewDeviceStartsAtTheBeginning) {
  TestClient& phone = logged_in(alice_name);
  for (int i = 1; i <= 3; ++i) phone.send_and_see(alice_name, std::to_string(i));
  phone.received(3);
  phone.expect_nothing_more();
  TestClient& tablet = client(1);
  EXPECT_EQ(tablet.login(alice_name, "tablet").cursor, 0U);
  for (wire::Mseq i = 1; i <= 3; ++i) EXPECT_EQ(tablet.next_message().mseq, i);
}

TEST_P(DevicesTest, MayHaveTheSameIds) {
  TestClient& phone = logged_in(alice_name, 0, "phone");
  TestClient& desk = logged_in(alice_name, 1, "desk");
  TestClient& bob = logged_in(bob_name, 1);
  phone.send_as("m1", bob_name, "from the phone");
  phone.expect_stored("m1");
  bob.expect_message(alice_name, "from the phone");
  desk.send_as("m1", bob_name, "from the phone");  // even with the same body
  desk.expect_stored("m1");
  EXPECT_EQ(bob.expect_message(alice_name, "from the phone").mseq, 2U);
}

TEST_P(DevicesTest, OneProtocolReplacesTheOther) {
  TestClient& json = client(0, lab::Protocol::json);
  json.login(alice_name, "phone");
  TestClient& bin = client(1, lab::Protocol::bin);
  bin.login(alice_name, "phone");
  json.expect_error(Code::replaced);
  bin.send_and_see(alice_name, "here now");
}

}  // namespace
}  // namespace trunkline::tests
