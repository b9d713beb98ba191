// What libFuzzer calls.
#include "tests/fuzz/target.h"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  trunkline::fuzz::try_input({reinterpret_cast<const char*>(bytes), size});
  return 0;
}
