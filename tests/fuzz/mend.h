// Bytes that a peer sealed with the right length, version and checksum, whatever lies between: no
// fuzzer guesses a crc32c, and behind it is where only the fields stand between a peer and us.
#pragma once

#include "wire/ids.h"

namespace trunkline::fuzz {

// The frame at the front of `bytes`, as long as its length says, if that can be, else all of them.
// Empty: fewer bytes than a header.
wire::Bytes mended_frame(wire::BytesView bytes);
// Every frame of a sequence; what is less than a header at the end stays as it is.
wire::Bytes mended_frames(wire::BytesView bytes);
// The same for a batch with its frames, a record, and an account.
wire::Bytes mended_batch(wire::BytesView bytes);
wire::Bytes mended_record(wire::BytesView bytes);
wire::Bytes mended_account(wire::BytesView bytes);

}  // namespace trunkline::fuzz
