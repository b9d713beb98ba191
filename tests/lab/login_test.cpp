// The client's login against libgsasl's server, with the verifier that `admin user add` makes.
#include <gsasl.h>
#include <gtest/gtest.h>

#include "lab/admin_client.h"
#include "lab/sasl_login.h"
#include "wire/base64.h"
#include "wire/record.h"

namespace trunkline::lab {
namespace {

constexpr std::uint32_t kIterations = 4096;

class Server {
 public:
  explicit Server(wire::Bytes account) : bytes_(std::move(account)) {
    const auto read = wire::decode_account(bytes_);
    EXPECT_TRUE(read.has_value());
    account_ = *read;
    EXPECT_EQ(gsasl_init(&library_), GSASL_OK);
    gsasl_callback_set(library_, &Server::answer);
    EXPECT_EQ(gsasl_server_start(library_, "SCRAM-SHA-256", &session_), GSASL_OK);
    gsasl_session_hook_set(session_, this);
  }
  ~Server() {
    gsasl_finish(session_);
    gsasl_done(library_);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::optional<wire::Bytes> step(wire::BytesView input) {
    char* output = nullptr;
    std::size_t size = 0;
    const int result = gsasl_step(session_, input.data(), input.size(), &output, &size);
    if (result != GSASL_OK && result != GSASL_NEEDS_MORE) return std::nullopt;
    wire::Bytes bytes(output, size);
    gsasl_free(output);
    return bytes;
  }

 private:
  static int answer(Gsasl*, Gsasl_session* session, Gsasl_property property) {
    const auto& account = static_cast<Server*>(gsasl_session_hook_get(session))->account_;
    const auto give = [&](const std::string& value) {
      return gsasl_property_set(session, property, value.c_str());
    };
    switch (property) {
      case GSASL_SCRAM_ITER:
        return give(std::to_string(account.iterations));
      case GSASL_SCRAM_SALT:
        return give(wire::to_base64(account.salt));
      case GSASL_SCRAM_STOREDKEY:
        return give(wire::to_base64(account.stored_key));
      case GSASL_SCRAM_SERVERKEY:
        return give(wire::to_base64(account.server_key));
      default:
        return GSASL_NO_CALLBACK;
    }
  }

  wire::Bytes bytes_;
  wire::Account account_;
  Gsasl* library_ = nullptr;
  Gsasl_session* session_ = nullptr;
};

TEST(Login, TheRightPasswordIsTakenAndTheServerProvesItself) {
  for (int login = 0; login < 2; ++login) {  // the second from the remembered salted password
    Server server(make_account("alice", "secret", kIterations));
    SaslLogin client(Mechanism::scram, "alice", "secret");
    const auto challenge = server.step(*client.step({}));
    ASSERT_TRUE(challenge);
    const auto signature = server.step(*client.step(*challenge));
    ASSERT_TRUE(signature);
    EXPECT_FALSE(client.done());
    EXPECT_TRUE(client.step(*signature));
    EXPECT_TRUE(client.done());
  }
}

TEST(Login, AnotherPasswordIsRefused) {
  Server server(make_account("alice", "secret", kIterations));
  SaslLogin client(Mechanism::scram, "alice", "guess");
  const auto challenge = server.step(*client.step({}));
  ASSERT_TRUE(challenge);
  EXPECT_FALSE(server.step(*client.step(*challenge)));
}

TEST(Login, AnImpostorIsFoundOut) {
  Server server(make_account("alice", "secret", kIterations));
  SaslLogin client(Mechanism::scram, "alice", "secret");
  const auto challenge = server.step(*client.step({}));
  ASSERT_TRUE(challenge);
  ASSERT_TRUE(client.step(*challenge));
  EXPECT_FALSE(client.step("v=" + wire::to_base64(wire::Bytes(32, 'x'))));
  EXPECT_FALSE(client.done());
}

TEST(Login, PlainIsOneStep) {
  SaslLogin client(Mechanism::plain, "alice", "secret");
  EXPECT_EQ(client.step({}), wire::Bytes("\0alice\0secret", 13));
  EXPECT_TRUE(client.done());
}

TEST(Login, TwoAccountsOfOnePasswordHaveTwoSalts) {
  EXPECT_NE(make_account("alice", "secret", kIterations),
            make_account("alice", "secret", kIterations));
}

}  // namespace
}  // namespace trunkline::lab
