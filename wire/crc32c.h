// CRC-32C (Castagnoli, RFC 3720 appendix B.4): the checksum of frames, batches and records.
#pragma once

#include <cstdint>
#include <string_view>

namespace trunkline::wire {

// The checksum of `bytes`, continuing `seed` (the result over the bytes before; 0 at the start).
// Uses the processor's instruction where there is one.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed = 0);

}  // namespace trunkline::wire
