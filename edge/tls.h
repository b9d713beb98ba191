// The TLS of every listener, in one place: versions, ciphers and what is switched off.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

namespace trunkline::edge {

// TLS 1.2 and 1.3 with AEAD ciphers and forward secrecy only; the server chooses. No
// renegotiation, compression, tickets, session cache or early data; ALPN http/1.1. `certificate`
// and `key`: PEM paths. Throws std::runtime_error that names the file and says what is wrong.
std::shared_ptr<boost::asio::ssl::context> make_tls_context(const std::string& certificate,
                                                            const std::string& key);

// When its certificate ends to be valid, in Unix time.
std::int64_t certificate_expires_s(boost::asio::ssl::context& context);

// Keying material that only the two ends of this connection share (RFC 9266, tls-exporter); binds
// a login to it. Empty where it would not be unique: TLS 1.2 without extended master secret.
std::string channel_binding_of(SSL* connection);

}  // namespace trunkline::edge
