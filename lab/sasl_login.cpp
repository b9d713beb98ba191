#include "lab/sasl_login.h"

#include <gsasl.h>
#include <openssl/evp.h>

#include <map>
#include <mutex>
#include <stdexcept>
#include <tuple>

#include "wire/base64.h"
#include "wire/saslprep.h"

namespace trunkline::lab {

namespace {

constexpr std::size_t kHashBytes = 32;  // SHA-256

std::string hex(wire::BytesView bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    const auto value = static_cast<unsigned char>(byte);
    text += {kDigits[value >> 4], kDigits[value & 15]};
  }
  return text;
}

// SaltedPassword of RFC 5802, in hex as libgsasl wants it. Remembered: a load generator logs the
// same users in again and again.
std::string salted_password(const std::string& password, const std::string& salt, int iterations) {
  static std::mutex mutex;
  static std::map<std::tuple<std::string, std::string, int>, std::string> known;
  const auto key = std::make_tuple(password, salt, iterations);
  {
    const std::lock_guard lock(mutex);
    if (const auto found = known.find(key); found != known.end()) return found->second;
  }
  unsigned char hash[kHashBytes];
  PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()),
                    reinterpret_cast<const unsigned char*>(salt.data()),
                    static_cast<int>(salt.size()), iterations, EVP_sha256(), sizeof hash, hash);
  std::string result = hex({reinterpret_cast<const char*>(hash), sizeof hash});
  const std::lock_guard lock(mutex);
  return known.emplace(key, std::move(result)).first->second;
}

}  // namespace

std::string_view to_string(Mechanism mechanism) {
  switch (mechanism) {
    case Mechanism::scram:
      return "SCRAM-SHA-256";
    case Mechanism::scram_plus:
      return "SCRAM-SHA-256-PLUS";
    case Mechanism::plain:
      return "PLAIN";
  }
  return "";
}

class SaslLogin::Impl {
 public:
  Impl(Mechanism mechanism, std::string user, std::string password, wire::BytesView binding)
      : user_(std::move(user)), password_(std::move(password)) {
    // Without -PLUS it would say that it could bind the channel and believes that the server
    // cannot, which a server that can takes for an attack (RFC 5802 section 6).
    if (mechanism == Mechanism::scram_plus) binding_ = wire::to_base64(binding);
    const std::string name(to_string(mechanism));
    if (gsasl_client_start(library(), name.c_str(), &session_) != GSASL_OK) {
      throw std::runtime_error("libgsasl does not offer " + name +
                               "; install a libgsasl of version 2 or later");
    }
    gsasl_session_hook_set(session_, this);
  }
  ~Impl() { gsasl_finish(session_); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  std::optional<wire::Bytes> step(wire::BytesView challenge) {
    char* output = nullptr;
    std::size_t size = 0;
    const int result = gsasl_step(session_, challenge.data(), challenge.size(), &output, &size);
    if (result != GSASL_OK && result != GSASL_NEEDS_MORE) return std::nullopt;
    done_ = result == GSASL_OK;
    wire::Bytes bytes(output == nullptr ? "" : output, output == nullptr ? 0 : size);
    gsasl_free(output);
    return bytes;
  }
  bool done() const { return done_; }

 private:
  // One for the process: it holds the list of mechanisms and no login's state.
  static Gsasl* library() {
    static Gsasl* const library = [] {
      Gsasl* made = nullptr;
      if (gsasl_init(&made) != GSASL_OK) throw std::runtime_error("libgsasl does not start");
      gsasl_callback_set(made, &Impl::answer);
      return made;
    }();
    return library;
  }

  static int answer(Gsasl*, Gsasl_session* session, Gsasl_property property) {
    auto* self = static_cast<Impl*>(gsasl_session_hook_get(session));
    switch (property) {
      case GSASL_AUTHID:
        return give(session, property, self->user_);
      case GSASL_PASSWORD:
        return give(session, property, self->password_);
      case GSASL_AUTHZID:
        return GSASL_NO_CALLBACK;
      case GSASL_SCRAM_SALTED_PASSWORD:
        return self->give_salted(session);
      case GSASL_CB_TLS_EXPORTER:
        if (self->binding_.empty()) return GSASL_NO_CALLBACK;
        return give(session, property, self->binding_);
      default:
        return GSASL_NO_CALLBACK;
    }
  }
  static int give(Gsasl_session* session, Gsasl_property property, const std::string& value) {
    return gsasl_property_set_raw(session, property, value.data(), value.size());
  }
  int give_salted(Gsasl_session* session) {
    const char* salt = gsasl_property_fast(session, GSASL_SCRAM_SALT);
    const char* iterations = gsasl_property_fast(session, GSASL_SCRAM_ITER);
    if (salt == nullptr || iterations == nullptr) return GSASL_NO_CALLBACK;
    wire::Bytes raw_salt;
    const int count = std::atoi(iterations);
    const auto password = wire::saslprep(password_);
    if (!wire::append_from_base64(raw_salt, salt) || count <= 0 || !password)
      return GSASL_NO_CALLBACK;
    return give(session, GSASL_SCRAM_SALTED_PASSWORD, salted_password(*password, raw_salt, count));
  }

  std::string user_, password_, binding_;
  Gsasl_session* session_ = nullptr;
  bool done_ = false;
};

SaslLogin::SaslLogin(Mechanism mechanism, std::string user, std::string password,
                     wire::BytesView channel_binding)
    : impl_(std::make_unique<Impl>(mechanism, std::move(user), std::move(password),
                                   channel_binding)) {}
SaslLogin::~SaslLogin() = default;
std::optional<wire::Bytes> SaslLogin::step(wire::BytesView challenge) {
  return impl_->step(challenge);
}
bool SaslLogin::done() const {
  return impl_->done();
}

}  // namespace trunkline::lab
