// A login from its first message on, by every mechanism, in plain and bound to a channel. Nobody
// logs in without the proof, and nobody whose final message does not repeat the server's nonce and
// the channel; who is named is a name. Where an input asks for it the proof is made right, so that
// all the rest is tried behind it.
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <array>

#include "edge/sasl.h"
#include "tests/fuzz/target.h"
#include "wire/base64.h"
#include "wire/codec.h"

namespace trunkline::fuzz {
namespace {

using edge::Mechanism;
using Key = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

constexpr std::string_view kPassword = "secret", kSalt = "0123456789abcdef";
constexpr std::string_view kBinding = "what TLS exports: 32 bytes of it";
constexpr int kIterations = 4'096;

BytesView view(const Key& key) {
  return {reinterpret_cast<const char*>(key.data()), key.size()};
}

Key hmac(BytesView key, BytesView data) {
  Key out;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(data.data()), data.size(), out.data(), nullptr);
  return out;
}

// RFC 5802 section 3.
struct Keys {
  Key client, stored, server;
  Keys() {
    Key salted;
    PKCS5_PBKDF2_HMAC(kPassword.data(), static_cast<int>(kPassword.size()),
                      reinterpret_cast<const unsigned char*>(kSalt.data()),
                      static_cast<int>(kSalt.size()), kIterations, EVP_sha256(),
                      static_cast<int>(salted.size()), salted.data());
    client = hmac(view(salted), "Client Key");
    server = hmac(view(salted), "Server Key");
    SHA256(client.data(), client.size(), stored.data());
  }
};

const Keys& keys() {
  static const Keys keys;
  return keys;
}

const edge::VerifierCopy& verifier() {
  wire::VerifierIs verifier;
  verifier.salt = kSalt;
  verifier.stored_key = view(keys().stored);
  verifier.server_key = view(keys().server);
  verifier.iterations = kIterations;
  static const edge::VerifierCopy copy(verifier);
  return copy;
}

// Where the client's first message ends to be about the channel.
std::size_t header_size(BytesView first) {
  const std::size_t comma = first.find(',');
  return comma == BytesView::npos ? first.size() : first.find(',', comma + 1) + 1;
}

BytesView field(BytesView message, std::string_view key) {
  while (!message.empty()) {
    const std::size_t comma = message.find(',');
    const BytesView part = message.substr(0, comma);
    if (part.starts_with(key)) return part.substr(key.size());
    message.remove_prefix(comma == BytesView::npos ? message.size() : comma + 1);
  }
  return {};
}

// "%r" in the input stands for the nonce, which no input can know.
Bytes with_nonce(BytesView text, BytesView nonce) {
  Bytes out(text);
  if (const std::size_t at = out.find("%r"); at != Bytes::npos) out.replace(at, 2, nonce);
  return out;
}

struct Proven {
  Bytes final_message, signature;
};

Proven proven(BytesView first, BytesView challenge, const Bytes& without_proof) {
  const Bytes all = Bytes(first.substr(std::min(first.size(), header_size(first)))) + "," +
                    Bytes(challenge) + "," + without_proof;
  const Key signature = hmac(view(keys().stored), all);
  Key proof = keys().client;
  for (std::size_t i = 0; i < proof.size(); ++i) proof[i] ^= signature[i];
  return {without_proof + ",p=" + wire::to_base64(view(proof)),
          "v=" + wire::to_base64(view(hmac(view(keys().server), all)))};
}

void check_scram(Mechanism mechanism, bool tls, BytesView first, BytesView last, bool prove) {
  using Step = edge::ScramServer::Step;
  static edge::Sasl sasl;
  const bool plus = mechanism == Mechanism::scram_sha_256_plus;
  if (plus && (!tls || !sasl.has_plus())) return;  // the conversation does not offer it
  edge::ScramServer server(sasl, mechanism, verifier(), tls ? kBinding : BytesView());
  Bytes challenge, out;
  const Step step = server.step(first, challenge);
  TRUNKLINE_CHECK(step != Step::done, "nobody logs in by the first message");
  if (step == Step::refused) return;
  const BytesView nonce = field(challenge, "r=");
  const BytesView own = field(first.substr(header_size(first)), "r=");
  TRUNKLINE_CHECK(!own.empty() && nonce.starts_with(own) && nonce.size() > own.size() + 8,
                  "the nonce is the client's and ours");
  TRUNKLINE_CHECK(field(challenge, "s=") == wire::to_base64(kSalt) &&
                      field(challenge, "i=") == std::to_string(kIterations),
                  "the challenge is the verifier's");
  const Bytes without_proof = with_nonce(last, nonce);
  const Proven made = proven(first, challenge, without_proof);
  const Step end = server.step(prove ? made.final_message : without_proof, out);
  if (end != Step::done) return;
  TRUNKLINE_CHECK(prove, "nobody logs in without a proof");
  TRUNKLINE_CHECK(out == made.signature, "the server proves itself");
  TRUNKLINE_CHECK(field(without_proof, "r=") == nonce, "the nonce was repeated");
  const Bytes channel = Bytes(first.substr(0, header_size(first))) + (plus ? Bytes(kBinding) : "");
  // libgsasl lets unused bits of the last letter pass, which we call no base64; what it says
  // counts.
  Bytes bound;
  const bool reads = wire::append_from_base64(bound, field(without_proof, "c="));
  TRUNKLINE_CHECK(!reads || bound == channel, "the channel is bound");
}

void check_identity(const edge::Identity& identity, Mechanism mechanism) {
  if (identity.code == wire::Code::ok) {
    TRUNKLINE_CHECK(wire::is_name(identity.user), "somebody is named");
    TRUNKLINE_CHECK((mechanism == Mechanism::plain) == !identity.password.empty(),
                    "PLAIN has a password, and nothing else has");
    return;
  }
  TRUNKLINE_CHECK(identity.user.empty() && identity.password.empty(), "nothing more is told");
  const bool known =
      identity.code == wire::Code::bad_encoding || identity.code == wire::Code::not_authorized;
  TRUNKLINE_CHECK(known, "a refusal has its code");
}

}  // namespace

// A byte (mechanism, under TLS, with a right proof), the first message as a part, the last one.
void try_input(BytesView input) {
  const unsigned how = take_byte(input);
  const auto mechanism = static_cast<Mechanism>(how % 3);
  const BytesView first = take_part(input);
  const edge::Identity identity = edge::identity_of(mechanism, first);
  check_identity(identity, mechanism);
  if (identity.code != wire::Code::ok || mechanism == Mechanism::plain) return;
  check_scram(mechanism, (how & 4) != 0, first, input, (how & 8) != 0);
}

}  // namespace trunkline::fuzz
