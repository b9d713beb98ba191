// The verifier of a user that does not exist: the same every time, like a real one to look at, and
// good for no password, since nobody knows one that gives its keys. It has the number of iterations
// that every account is made with (accounts.cpp).
#pragma once

#include "wire/payloads.h"
#include "wire/storage.h"

namespace trunkline::routing {

struct StandIn {
  StandIn(const std::array<unsigned char, 32>& pepper, wire::BytesView user,
          std::uint32_t iterations);
  wire::VerifierIs verifier(wire::BytesView user) const;

 private:
  wire::Bytes salt_, stored_key_, server_key_;
  std::uint32_t iterations_;
};

}  // namespace trunkline::routing
