// The login against libgsasl's own client side.
#include "edge/sasl.h"

#include <gsasl.h>
#include <gtest/gtest.h>

#include "wire/base64.h"

namespace trunkline::edge {
namespace {

using wire::Bytes;
using wire::Code;

constexpr unsigned kIterations = 4'096;

// The verifier of a password, as the admin tool makes it.
VerifierCopy verifier_of(const char* password) {
  const std::string salt = "0123456789abcdef";
  char salted[GSASL_HASH_SHA256_SIZE], client_key[GSASL_HASH_SHA256_SIZE];
  char server_key[GSASL_HASH_SHA256_SIZE], stored_key[GSASL_HASH_SHA256_SIZE];
  EXPECT_EQ(
      gsasl_scram_secrets_from_password(GSASL_HASH_SHA256, password, kIterations, salt.data(),
                                        salt.size(), salted, client_key, server_key, stored_key),
      GSASL_OK);
  wire::VerifierIs verifier;
  verifier.salt = salt;
  verifier.stored_key = {stored_key, sizeof stored_key};
  verifier.server_key = {server_key, sizeof server_key};
  verifier.iterations = kIterations;
  verifier.auth_version = 7;
  return VerifierCopy(verifier);
}

class GsaslClient {
 public:
  GsaslClient(const char* mechanism, const char* user, const char* password,
              const Bytes& binding = {}, const char* act_as = nullptr) {
    EXPECT_EQ(gsasl_init(&context_), GSASL_OK);
    binding_ = wire::to_base64(binding);
    gsasl_callback_hook_set(context_, &binding_);
    gsasl_callback_set(context_, [](Gsasl* context, Gsasl_session* session, Gsasl_property what) {
      const auto* binding = static_cast<const Bytes*>(gsasl_callback_hook_get(context));
      if (what != GSASL_CB_TLS_EXPORTER || binding->empty()) return int{GSASL_NO_CALLBACK};
      return gsasl_property_set(session, what, binding->c_str());
    });
    EXPECT_EQ(gsasl_client_start(context_, mechanism, &session_), GSASL_OK);
    gsasl_property_set(session_, GSASL_AUTHID, user);
    gsasl_property_set(session_, GSASL_PASSWORD, password);
    if (act_as != nullptr) gsasl_property_set(session_, GSASL_AUTHZID, act_as);
  }
  ~GsaslClient() {
    gsasl_finish(session_);
    gsasl_done(context_);
  }
  // What the client says next; `result_` tells whether it was content.
  Bytes step(const Bytes& in) {
    char* out = nullptr;
    std::size_t size = 0;
    result_ = gsasl_step(session_, in.data(), in.size(), &out, &size);
    const Bytes said(out == nullptr ? "" : out, size);
    gsasl_free(out);
    return said;
  }
  int result() const { return result_; }

 private:
  Gsasl* context_ = nullptr;
  Gsasl_session* session_ = nullptr;
  Bytes binding_;
  int result_ = GSASL_OK;
};

using Step = ScramServer::Step;

struct Outcome {
  Step step = Step::refused;
  bool client_is_content = false;
};
Outcome exchange(GsaslClient& client, Mechanism mechanism, const VerifierCopy& verifier,
                 const Bytes& binding) {
  Sasl sasl;
  ScramServer server(sasl, mechanism, verifier, binding);
  Bytes out;
  Outcome outcome;
  outcome.step = server.step(client.step(""), out);
  if (outcome.step != Step::challenge) return outcome;
  const Bytes answer = client.step(out);
  outcome.step = server.step(answer, out);
  client.step(out);
  outcome.client_is_content = client.result() == GSASL_OK;
  return outcome;
}

TEST(Sasl, TheRightPasswordEntersByScram) {
  GsaslClient client("SCRAM-SHA-256", "alice", "secret");
  const Outcome outcome = exchange(client, Mechanism::scram_sha_256, verifier_of("secret"), {});
  EXPECT_EQ(outcome.step, Step::done);
  EXPECT_TRUE(outcome.client_is_content);  // the server has proved itself too
}

TEST(Sasl, AnotherPasswordDoesNot) {
  GsaslClient client("SCRAM-SHA-256", "alice", "guess");
  EXPECT_EQ(exchange(client, Mechanism::scram_sha_256, verifier_of("secret"), {}).step,
            Step::refused);
}

TEST(Sasl, PlusBindsTheChannel) {
  const Bytes binding(32, 'b');
  ASSERT_TRUE(Sasl().has_plus());
  GsaslClient client("SCRAM-SHA-256-PLUS", "alice", "secret", binding);
  const Outcome outcome =
      exchange(client, Mechanism::scram_sha_256_plus, verifier_of("secret"), binding);
  EXPECT_EQ(outcome.step, Step::done);
  EXPECT_TRUE(outcome.client_is_content);
  GsaslClient elsewhere("SCRAM-SHA-256-PLUS", "alice", "secret", Bytes(32, 'x'));
  EXPECT_EQ(exchange(elsewhere, Mechanism::scram_sha_256_plus, verifier_of("secret"), binding).step,
            Step::refused);
}

TEST(Sasl, WithoutPlusTheChannelIsNotBoundOnTls) {
  GsaslClient client("SCRAM-SHA-256", "alice", "secret");
  const Outcome outcome =
      exchange(client, Mechanism::scram_sha_256, verifier_of("secret"), Bytes(32, 'b'));
  EXPECT_EQ(outcome.step, Step::done);
  EXPECT_TRUE(outcome.client_is_content);
}

// A client that says y could bind and believes that we cannot: somebody between us said so.
TEST(Sasl, ADowngradeIsNoticed) {
  Sasl sasl;
  const VerifierCopy verifier = verifier_of("secret");
  Bytes out;
  ScramServer bound(sasl, Mechanism::scram_sha_256, verifier, Bytes(32, 'b'));
  EXPECT_EQ(bound.step("y,,n=alice,r=abcdefgh", out), Step::refused);
  ScramServer unbound(sasl, Mechanism::scram_sha_256, verifier, {});
  EXPECT_EQ(unbound.step("y,,n=alice,r=abcdefgh", out), Step::challenge);
}

TEST(Sasl, GarbageIsRefused) {
  Sasl sasl;
  const VerifierCopy verifier = verifier_of("secret");
  Bytes out;
  for (const char* words :
       {"", "n", "n,,", "n,,n=alice", "p=tls-unique,,n=alice,r=abc", "n,,m=x,n=alice,r=abc"}) {
    ScramServer server(sasl, Mechanism::scram_sha_256, verifier, {});
    EXPECT_EQ(server.step(words, out), Step::refused) << words;
  }
  ScramServer server(sasl, Mechanism::scram_sha_256, verifier, {});
  ASSERT_EQ(server.step("n,,n=alice,r=abcdefgh", out), Step::challenge);
  EXPECT_EQ(server.step("c=biws,r=other,p=AAAA", out), Step::refused);
}

TEST(Sasl, PlainPasswordsAreCheckedAgainstTheSameVerifier) {
  EXPECT_TRUE(is_password_of("secret", verifier_of("secret")));
  EXPECT_FALSE(is_password_of("Secret", verifier_of("secret")));
  EXPECT_FALSE(is_password_of("", verifier_of("secret")));
}

TEST(Sasl, TheNameIsReadFromTheFirstMessage) {
  EXPECT_EQ(identity_of(Mechanism::scram_sha_256, "n,,n=alice,r=abc").user, "alice");
  EXPECT_EQ(identity_of(Mechanism::scram_sha_256, "y,a=alice,n=alice,r=abc").user, "alice");
  EXPECT_EQ(identity_of(Mechanism::scram_sha_256, "n,,n=a=2Cb=3Dc,r=abc").user, "a,b=c");
  EXPECT_EQ(identity_of(Mechanism::scram_sha_256_plus, "p=tls-exporter,,n=bob,r=abc").user, "bob");
  const Identity plain = identity_of(Mechanism::plain, std::string("alice\0alice\0pass", 16));
  EXPECT_EQ(plain.code, Code::ok);
  EXPECT_EQ(plain.user, "alice");
  EXPECT_EQ(plain.password, "pass");
}

TEST(Sasl, NobodyActsAsAnother) {
  EXPECT_EQ(identity_of(Mechanism::scram_sha_256, "n,a=root,n=alice,r=abc").code,
            Code::not_authorized);
  EXPECT_EQ(identity_of(Mechanism::plain, std::string("root\0alice\0pass", 15)).code,
            Code::not_authorized);
}

TEST(Sasl, WhatIsNoFirstMessageIsBadEncoding) {
  for (const char* words : {"", "hello", "n,,x=alice,r=abc", "n,b=x,n=alice,r=abc",
                            "n,,n=a=2Dx,r=abc", "n,,n=a=,r=abc"}) {
    EXPECT_EQ(identity_of(Mechanism::scram_sha_256, words).code, Code::bad_encoding) << words;
  }
  for (const std::string& words :
       {std::string("alice"), std::string("\0alice", 6), std::string("\0a\0b\0c", 6)}) {
    EXPECT_EQ(identity_of(Mechanism::plain, words).code, Code::bad_encoding);
  }
}

TEST(Sasl, NamesAreNormalisedOnceHere) {
  // SASLprep (RFC 4013 section 3): soft hyphen goes, compatibility forms are composed.
  EXPECT_EQ(identity_of(Mechanism::scram_sha_256, "n,,n=I\xc2\xadX,r=abc").user, "IX");
  EXPECT_EQ(identity_of(Mechanism::scram_sha_256, "n,,n=\xc2\xaa,r=abc").user, "a");
  EXPECT_EQ(identity_of(Mechanism::scram_sha_256, "n,,n=e\xcc\x81,r=abc").user, "\xc3\xa9");
  for (const char* name : {"a\nb", "\x7f", "\xff", "\xd8\xa7\x31"}) {  // the last: mixed direction
    EXPECT_EQ(identity_of(Mechanism::scram_sha_256, "n,,n=" + std::string(name) + ",r=abc").code,
              Code::not_authorized);
  }
}

TEST(Sasl, OnlyThreeMechanismsExist) {
  EXPECT_EQ(mechanism_of("SCRAM-SHA-256"), Mechanism::scram_sha_256);
  EXPECT_EQ(mechanism_of("SCRAM-SHA-256-PLUS"), Mechanism::scram_sha_256_plus);
  EXPECT_EQ(mechanism_of("PLAIN"), Mechanism::plain);
  for (const char* name : {"ANONYMOUS", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "plain", ""}) {
    EXPECT_EQ(mechanism_of(name), std::nullopt) << name;
  }
}

}  // namespace
}  // namespace trunkline::edge
