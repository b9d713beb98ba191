// Base64 (RFC 4648 section 4, with padding): SASL data and bodies that are not text, in JSON.
#pragma once

#include "wire/ids.h"

namespace trunkline::wire {

void append_base64(Bytes& out, BytesView bytes);
Bytes to_base64(BytesView bytes);

// Appends what `text` stands for. False, with `out` as it was, unless text is strict base64: whole
// groups of four, padding only at the end and with its unused bits zero, nothing in between.
[[nodiscard]] bool append_from_base64(Bytes& out, std::string_view text);

}  // namespace trunkline::wire
