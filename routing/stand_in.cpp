#include "routing/stand_in.h"

#include <sodium.h>

namespace trunkline::routing {
namespace {

constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kKeyBytes = 32;

// BLAKE2b keyed with the pepper, over what it is for and the name.
wire::Bytes derived(const std::array<unsigned char, 32>& pepper, char purpose, wire::BytesView user,
                    std::size_t size) {
  const wire::Bytes text = purpose + wire::Bytes(user);
  wire::Bytes digest(kKeyBytes, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(digest.data()), digest.size(),
                     reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                     pepper.data(), pepper.size());
  digest.resize(size);
  return digest;
}

}  // namespace

StandIn::StandIn(const std::array<unsigned char, 32>& pepper, wire::BytesView user,
                 std::uint32_t iterations)
    : salt_(derived(pepper, 's', user, kSaltBytes)),
      stored_key_(derived(pepper, 'k', user, kKeyBytes)),
      server_key_(derived(pepper, 'v', user, kKeyBytes)),
      iterations_(iterations) {}

wire::VerifierIs StandIn::verifier(wire::BytesView user) const {
  wire::VerifierIs verifier;
  verifier.user = user;
  verifier.salt = salt_;
  verifier.stored_key = stored_key_;
  verifier.server_key = server_key_;
  verifier.iterations = iterations_;
  verifier.auth_version = 1;
  return verifier;
}

}  // namespace trunkline::routing
