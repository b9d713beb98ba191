// The client's side of a login: SCRAM-SHA-256, SCRAM-SHA-256-PLUS or PLAIN, by libgsasl.
#pragma once

#include <memory>
#include <optional>

#include "wire/ids.h"

namespace trunkline::lab {

enum class Mechanism : std::uint8_t { scram, scram_plus, plain };
std::string_view to_string(Mechanism);  // SCRAM-SHA-256, SCRAM-SHA-256-PLUS, PLAIN

// One login. Threads: any one; what logins share (salted passwords, which cost an edge's worth of
// hashing each and are the same for every login of a user) is locked inside.
class SaslLogin {
 public:
  // `channel_binding`: tls-exporter bytes of the connection (RFC 9266), for scram_plus.
  // Throws std::runtime_error if libgsasl lacks the mechanism.
  SaslLogin(Mechanism mechanism, std::string user, std::string password,
            wire::BytesView channel_binding = {});
  ~SaslLogin();

  // What to answer to `challenge` (empty for the first step; `welcome`'s data for the last).
  // nullopt: the server's words do not fit, or it does not know the password (its signature is
  // wrong).
  std::optional<wire::Bytes> step(wire::BytesView challenge);
  // The mechanism is at its end; for SCRAM, the server has proved itself.
  bool done() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace trunkline::lab
