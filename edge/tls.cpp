#include "edge/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <ctime>
#include <stdexcept>
#include <string_view>

namespace trunkline::edge {
namespace {

constexpr char kCiphers12[] =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr char kCiphers13[] =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr char kGroups[] = "X25519:P-256:P-384";
constexpr unsigned char kProtocols[] = "\x08http/1.1";

// A client that offers only protocols that we do not speak is told so (RFC 7301 section 3.2).
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size,
                    const unsigned char* offered, unsigned int offered_size, void*) {
  unsigned char* found = nullptr;
  const int result =
      SSL_select_next_proto(&found, size, kProtocols, sizeof kProtocols - 1, offered, offered_size);
  *chosen = found;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

[[noreturn]] void refuse(const std::string& what) {
  const unsigned long error = ERR_get_error();
  const char* reason = error == 0 ? nullptr : ERR_reason_error_string(error);
  throw std::runtime_error(what + (reason == nullptr ? "" : std::string(": ") + reason));
}

}  // namespace

std::shared_ptr<boost::asio::ssl::context> make_tls_context(const std::string& certificate,
                                                            const std::string& key) {
  ERR_clear_error();  // of others: what is said below must be about these files
  auto context = std::make_shared<boost::asio::ssl::context>(boost::asio::ssl::context::tls_server);
  SSL_CTX* tls = context->native_handle();
  SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
  SSL_CTX_set_options(tls, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
                               SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_num_tickets(tls, 0);
  SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS);
  if (SSL_CTX_set_cipher_list(tls, kCiphers12) != 1 ||
      SSL_CTX_set_ciphersuites(tls, kCiphers13) != 1 ||
      SSL_CTX_set1_groups_list(tls, kGroups) != 1) {
    refuse("this OpenSSL lacks the ciphers that Trunkline needs");
  }
  SSL_CTX_set_alpn_select_cb(tls, choose_protocol, nullptr);
  if (SSL_CTX_use_certificate_chain_file(tls, certificate.c_str()) != 1) {
    refuse("cannot use the certificate " + certificate + " (a PEM file)");
  }
  if (SSL_CTX_use_PrivateKey_file(tls, key.c_str(), SSL_FILETYPE_PEM) != 1) {
    refuse("cannot use the private key " + key + " (a PEM file that belongs to the certificate)");
  }
  return context;
}

std::int64_t certificate_expires_s(boost::asio::ssl::context& context) {
  const X509* certificate = SSL_CTX_get0_certificate(context.native_handle());
  tm when{};
  if (certificate == nullptr || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &when) != 1) {
    return 0;
  }
  return ::timegm(&when);
}

std::string channel_binding_of(SSL* connection) {
  if (SSL_version(connection) < TLS1_3_VERSION && SSL_get_extms_support(connection) != 1) return {};
  constexpr std::string_view kLabel = "EXPORTER-Channel-Binding";
  unsigned char material[32];
  if (SSL_export_keying_material(connection, material, sizeof material, kLabel.data(),
                                 kLabel.size(), nullptr, 0, 1) != 1) {
    return {};
  }
  return std::string(reinterpret_cast<const char*>(material), sizeof material);
}

}  // namespace trunkline::edge
