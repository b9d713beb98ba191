// SASLprep (RFC 4013): the one form in which a name or a password is compared and kept. Whoever
// takes one from outside prepares it: the edge at login, the tools of administration.
// Threads: any.
#pragma once

#include <optional>

#include "wire/ids.h"

namespace trunkline::wire {

// As for a query: unassigned code points pass. Nothing: what it forbids (control characters, what
// is not UTF-8), or empty.
std::optional<Bytes> saslprep(BytesView text);

}  // namespace trunkline::wire
