// How long a message is as JSON: a `.bin` client may not send what a JSON client could not be
// given. Pure; the rim's codec is checked against it.
#pragma once

#include "wire/frame.h"

namespace trunkline::edge {

// Bytes of the shortest `send` object (client-protocol) that says this message: a body that is
// UTF-8 with what JSON must escape, any other as base64 in `bytes`.
std::size_t json_size_of(const wire::MessageView& message);

// Whether that is more than `bytes_max`; looks at the bytes only where it could be.
bool is_json_larger_than(const wire::MessageView& message, std::size_t bytes_max);

}  // namespace trunkline::edge
