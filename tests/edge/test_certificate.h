// A self-signed certificate for the tests of TLS.
#pragma once

#include <string>

namespace trunkline::edge {

// Writes both as PEM. Throws std::runtime_error where it cannot.
void make_test_certificate(const std::string& certificate_path, const std::string& key_path);

}  // namespace trunkline::edge
