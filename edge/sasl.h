// Login by SASL: SCRAM-SHA-256, with channel binding under TLS as SCRAM-SHA-256-PLUS (libgsasl's
// server side), and PLAIN. The verifier comes from the user's home rank, so the first message is
// read here for the name before libgsasl sees it: it asks for salt and count while it steps.
//
// Names and passwords are prepared here (wire/saslprep.h). Everywhere behind the edge names are
// compared byte by byte.
//
// Threads: a Sasl and what is made from it belong to one thread; the free functions to any.
#pragma once

#include <memory>
#include <optional>

#include "wire/payloads.h"

namespace trunkline::edge {

enum class Mechanism : std::uint8_t { plain, scram_sha_256, scram_sha_256_plus };
std::optional<Mechanism> mechanism_of(std::string_view name);

// Who a client's first message says it is.
struct Identity {
  wire::Code code = wire::Code::ok;  // else bad_encoding or not_authorized, and nothing more
  wire::Bytes user;                  // normalised
  wire::Bytes password;              // PLAIN only; normalised
};
Identity identity_of(Mechanism mechanism, wire::BytesView first_message);

// A VerifierIs that is kept: owner of its parts.
struct VerifierCopy {
  explicit VerifierCopy(const wire::VerifierIs& verifier);
  wire::Bytes salt, stored_key, server_key;
  std::uint32_t iterations = 0;
  std::uint64_t auth_version = 0;
};

// Whether a password belongs to a verifier. Slow on purpose (PBKDF2): never on an event loop. Takes
// as long for the stand-in of an unknown user, and compares in constant time.
bool is_password_of(const wire::Bytes& password, const VerifierCopy& verifier);

// One libgsasl context. Throws std::runtime_error where the library lacks a mechanism.
class Sasl {
 public:
  Sasl();
  ~Sasl();
  bool has_plus() const;

 private:
  friend class ScramServer;
  struct State;
  std::unique_ptr<State> state_;
};

// One SCRAM exchange, from the client's first message on.
class ScramServer {
 public:
  // `binding`: channel_binding_of() the connection, empty without TLS. With it a client that could
  // bind but was made to believe that we cannot is refused (RFC 5802 section 6).
  ScramServer(Sasl& sasl, Mechanism mechanism, const VerifierCopy& verifier,
              wire::BytesView binding);
  ~ScramServer();

  enum class Step : std::uint8_t {
    challenge,  // send `out`, step with the answer
    done,       // logged in; `out` is the server's signature
    refused,    // wrong password, unknown user or broken exchange: nobody is told which
  };
  Step step(wire::BytesView in, wire::Bytes& out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace trunkline::edge
