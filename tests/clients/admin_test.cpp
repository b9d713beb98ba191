// Administration, effective at once: revoked.
#include "tests/clients/protocol_test.h"

namespace trunkline::tests {
namespace {

using wire::Code;

class AdminTest : public ProtocolTest {
 protected:
  void SetUp() override { alice_name = new_user("alice"); }
  std::string alice_name;
};
IN_BOTH_PROTOCOLS(AdminTest);

TEST_P(AdminTest, DisableEndsEverySessionAndRefusesLogins) {
  TestClient& phone = logged_in(alice_name, 0, "phone");
  TestClient& desk = logged_in(alice_name, 1, "desk");
  ASSERT_TRUE(cluster().admin().disable(alice_name).done);
  phone.expect_error(Code::revoked);
  desk.expect_error(Code::revoked);
  TestClient& again = client();
  again.login_error(alice_name, "phone");
  EXPECT_TRUE(again.closed()->code == 4003 || again.closed()->code == 1008) << again.closed()->code;
  ASSERT_TRUE(cluster().admin().enable(alice_name).done);
  logged_in(alice_name).send_and_see(alice_name, "back");
}

TEST_P(AdminTest, ANewPasswordEndsEverySession) {
  TestClient& phone = logged_in(alice_name, 0, "phone");
  TestClient& desk = logged_in(alice_name, 1, "desk");
  const auto iterations = cluster().file().iterations;
  ASSERT_TRUE(cluster().admin().set_password(alice_name, "new secret", iterations).done);
  phone.expect_error(Code::revoked);
  desk.expect_error(Code::revoked);
  EXPECT_EQ(client().login_error(alice_name, "phone").code, Code::not_authorized);
  client().login(alice_name, "phone", {.password = "new secret"});
}

TEST_P(AdminTest, AMailboxOutlivesItsPassword) {
  TestClient& phone = logged_in(alice_name);
  const std::string mailbox = phone.welcomed()->mailbox;
  phone.send_and_see(alice_name, "kept");
  const auto iterations = cluster().file().iterations;
  ASSERT_TRUE(cluster().admin().set_password(alice_name, "other", iterations).done);
  TestClient& again = client(1);
  EXPECT_EQ(again.login(alice_name, "desk", {.password = "other"}).mailbox, mailbox);
  again.expect_message(alice_name, "kept");
}

TEST_P(AdminTest, AUserIsAddedOnce) {
  const auto answer = cluster().admin().add_user(alice_name, "x", cluster().file().iterations);
  EXPECT_FALSE(answer.done);
  EXPECT_FALSE(answer.text.empty());
  logged_in(alice_name);
}

// A soft hyphen goes, in the name and in the password (RFC 4013 section 3), wherever they are
// typed.
TEST_P(AdminTest, ANameIsPreparedAsALoginPreparesIt) {
  const std::string typed = "so\xc2\xad" + alice_name, prepared = "so" + alice_name;
  const auto iterations = cluster().file().iterations;
  ASSERT_TRUE(cluster()
                  .admin()
                  .add_user(typed,
                            "se\xc2\xad"
                            "cret",
                            iterations)
                  .done);
  client().login(prepared, "phone", {.password = "secret"});
  client().login(typed, "desk",
                 {.password = "se\xc2\xad"
                              "cret"});
  EXPECT_FALSE(cluster().admin().add_user(prepared, "x", iterations).done) << "it is the same user";
  EXPECT_THROW(cluster().admin().add_user("a\nb", "x", iterations), std::runtime_error);
  EXPECT_THROW(cluster().admin().add_user("new" + alice_name, "x\x7f", iterations),
               std::runtime_error);
}

TEST_P(AdminTest, WhoIsNotThereCannotBeChanged) {
  EXPECT_FALSE(cluster().admin().disable("nobody-" + alice_name).done);
  EXPECT_FALSE(cluster()
                   .admin()
                   .set_password("nobody-" + alice_name, "x", cluster().file().iterations)
                   .done);
}

TEST_P(AdminTest, ListsAndSessionsNameTheUser) {
  TestClient& phone = logged_in(alice_name, 1);
  const wire::RankId home = cluster().home_of(alice_name);
  const std::string quoted = '"' + alice_name + '"';
  EXPECT_NE(cluster().admin().list(home).text.find(quoted), std::string::npos);
  const wire::RankId served_by = cluster().rank_of_edge(1);
  EXPECT_NE(cluster().admin().sessions(served_by).text.find(quoted), std::string::npos);
  EXPECT_TRUE(cluster().admin().ping(alice_name).done);
  EXPECT_TRUE(cluster().admin().queues(home).done);
  EXPECT_TRUE(cluster().admin().status(home).done);
  EXPECT_TRUE(phone.is_open());
}

}  // namespace
}  // namespace trunkline::tests
