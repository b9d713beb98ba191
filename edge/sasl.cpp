#include "edge/sasl.h"

#include <gsasl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <stdexcept>
#include <utility>

#include "wire/base64.h"
#include "wire/codec.h"
#include "wire/saslprep.h"

namespace trunkline::edge {
namespace {

using wire::Bytes;
using wire::BytesView;
using wire::Code;

constexpr std::size_t kKeyBytes = SHA256_DIGEST_LENGTH;
constexpr char kScram[] = "SCRAM-SHA-256";
constexpr char kScramPlus[] = "SCRAM-SHA-256-PLUS";

struct FreeByGsasl {
  void operator()(char* text) const { gsasl_free(text); }
};
using GsaslText = std::unique_ptr<char, FreeByGsasl>;

Identity refused(Code code) {
  Identity identity;
  identity.code = code;
  return identity;
}

// A name that may log in, and may only act as itself.
Identity named(BytesView name, BytesView act_as) {
  const auto user = wire::saslprep(name);
  if (!user || !wire::is_name(*user)) return refused(Code::not_authorized);
  if (!act_as.empty() && wire::saslprep(act_as) != user) return refused(Code::not_authorized);
  Identity identity;
  identity.user = *user;
  return identity;
}

// authzid NUL authcid NUL password (RFC 4616).
Identity identity_of_plain(BytesView message) {
  const std::size_t first = message.find('\0');
  const std::size_t second = first == BytesView::npos ? first : message.find('\0', first + 1);
  if (second == BytesView::npos || message.find('\0', second + 1) != BytesView::npos) {
    return refused(Code::bad_encoding);
  }
  Identity identity =
      named(message.substr(first + 1, second - first - 1), message.substr(0, first));
  if (identity.code != Code::ok) return identity;
  const auto password = wire::saslprep(message.substr(second + 1));
  if (!password) return refused(Code::not_authorized);
  identity.password = *password;
  return identity;
}

BytesView next_part(BytesView& message) {
  const std::size_t comma = message.find(',');
  const BytesView part = message.substr(0, comma);
  message.remove_prefix(comma == BytesView::npos ? message.size() : comma + 1);
  return part;
}

// A SCRAM name has =2C for a comma and =3D for an equals sign (RFC 5802 section 5.1).
std::optional<Bytes> unescaped(BytesView part, std::string_view key) {
  if (!part.starts_with(key)) return std::nullopt;
  Bytes name;
  for (std::size_t at = key.size(); at < part.size(); ++at) {
    if (part[at] != '=') {
      name.push_back(part[at]);
      continue;
    }
    const BytesView code = part.substr(at + 1, 2);
    if (code != "2C" && code != "3D") return std::nullopt;
    name.push_back(code == "2C" ? ',' : '=');
    at += 2;
  }
  return name;
}

// gs2-header client-first-message-bare: n,[a=authzid],n=name,r=nonce
Identity identity_of_scram(BytesView message) {
  next_part(message);  // how the channel is bound: libgsasl judges it
  const BytesView act_as = next_part(message);
  const auto name = unescaped(next_part(message), "n=");
  const auto other = act_as.empty() ? Bytes() : unescaped(act_as, "a=");
  if (!name || !other) return refused(Code::bad_encoding);
  return named(*name, *other);
}

bool has(Gsasl* context, const char* mechanism) {
  return gsasl_server_support_p(context, mechanism) != 0;
}

// Whether the client's first message binds the channel as its mechanism promises (RFC 5802 section
// 6). libgsasl compares what is bound, but lets the promise pass.
bool is_bound_as(Mechanism mechanism, BytesView first_message, bool can_bind) {
  const BytesView flag = first_message.substr(0, first_message.find(','));
  if (mechanism == Mechanism::scram_sha_256_plus) return can_bind && flag == "p=tls-exporter";
  return flag == "n" || (flag == "y" && !can_bind);
}

}  // namespace

std::optional<Mechanism> mechanism_of(std::string_view name) {
  if (name == kScram) return Mechanism::scram_sha_256;
  if (name == kScramPlus) return Mechanism::scram_sha_256_plus;
  if (name == "PLAIN") return Mechanism::plain;
  return std::nullopt;
}

Identity identity_of(Mechanism mechanism, BytesView first_message) {
  return mechanism == Mechanism::plain ? identity_of_plain(first_message)
                                       : identity_of_scram(first_message);
}

VerifierCopy::VerifierCopy(const wire::VerifierIs& verifier)
    : salt(verifier.salt),
      stored_key(verifier.stored_key),
      server_key(verifier.server_key),
      iterations(verifier.iterations),
      auth_version(verifier.auth_version) {}

// RFC 5802 section 3: StoredKey = H(HMAC(PBKDF2(password), "Client Key")).
bool is_password_of(const Bytes& password, const VerifierCopy& verifier) {
  constexpr std::string_view kLabel = "Client Key";
  unsigned char salted[kKeyBytes], client_key[kKeyBytes], stored_key[kKeyBytes];
  const auto* salt = reinterpret_cast<const unsigned char*>(verifier.salt.data());
  const auto* label = reinterpret_cast<const unsigned char*>(kLabel.data());
  const bool made =
      PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), salt,
                        static_cast<int>(verifier.salt.size()),
                        static_cast<int>(verifier.iterations), EVP_sha256(), kKeyBytes,
                        salted) == 1 &&
      HMAC(EVP_sha256(), salted, kKeyBytes, label, kLabel.size(), client_key, nullptr) != nullptr;
  SHA256(client_key, kKeyBytes, stored_key);
  OPENSSL_cleanse(salted, sizeof salted);
  OPENSSL_cleanse(client_key, sizeof client_key);
  return made && verifier.stored_key.size() == kKeyBytes &&
         CRYPTO_memcmp(stored_key, verifier.stored_key.data(), kKeyBytes) == 0;
}

struct Sasl::State {
  Gsasl* context = nullptr;
  ~State() {
    if (context != nullptr) gsasl_done(context);
  }
};

Sasl::Sasl() : state_(std::make_unique<State>()) {
  if (gsasl_init(&state_->context) != GSASL_OK || !has(state_->context, kScram)) {
    throw std::runtime_error("libgsasl has no SCRAM-SHA-256: install version 2.0 or newer");
  }
}
Sasl::~Sasl() = default;

bool Sasl::has_plus() const {
  return has(state_->context, kScramPlus);
}

struct ScramServer::State {
  Gsasl_session* session = nullptr;
  Mechanism mechanism = Mechanism::scram_sha_256;
  bool can_bind = false, is_first = true;
  ~State() {
    if (session != nullptr) gsasl_finish(session);
  }
};

ScramServer::ScramServer(Sasl& sasl, Mechanism mechanism, const VerifierCopy& verifier,
                         BytesView binding)
    : state_(std::make_unique<State>()) {
  state_->mechanism = mechanism;
  state_->can_bind = !binding.empty();
  const char* name = mechanism == Mechanism::scram_sha_256_plus ? kScramPlus : kScram;
  const int started = gsasl_server_start(sasl.state_->context, name, &state_->session);
  if (started != GSASL_OK) return;  // step() refuses
  const auto set = [this](Gsasl_property property, const Bytes& value) {
    gsasl_property_set(state_->session, property, value.c_str());
  };
  if (state_->can_bind) set(GSASL_CB_TLS_EXPORTER, wire::to_base64(binding));
  set(GSASL_SCRAM_ITER, std::to_string(verifier.iterations));
  set(GSASL_SCRAM_SALT, wire::to_base64(verifier.salt));
  set(GSASL_SCRAM_STOREDKEY, wire::to_base64(verifier.stored_key));
  set(GSASL_SCRAM_SERVERKEY, wire::to_base64(verifier.server_key));
}
ScramServer::~ScramServer() = default;

ScramServer::Step ScramServer::step(BytesView in, Bytes& out) {
  out.clear();
  if (state_->session == nullptr) return Step::refused;
  // libgsasl reads up to a NUL (none of RFC 5802's): what stands behind it would go unread.
  if (in.find('\0') != BytesView::npos) return Step::refused;
  if (std::exchange(state_->is_first, false) &&
      !is_bound_as(state_->mechanism, in, state_->can_bind)) {
    return Step::refused;
  }
  char* answer = nullptr;
  std::size_t size = 0;
  const int result = gsasl_step(state_->session, in.data(), in.size(), &answer, &size);
  const GsaslText owner(answer);
  if (result != GSASL_OK && result != GSASL_NEEDS_MORE) return Step::refused;
  if (answer != nullptr) out.assign(answer, size);
  return result == GSASL_OK ? Step::done : Step::challenge;
}

}  // namespace trunkline::edge
