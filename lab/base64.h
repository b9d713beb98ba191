// Base64 (RFC 4648 section 4, with padding).
#pragma once

#include <optional>

#include "wire/ids.h"

namespace trunkline::lab {

std::string to_base64(wire::BytesView bytes);
// nullopt: not base64.
std::optional<wire::Bytes> from_base64(std::string_view text);

}  // namespace trunkline::lab
