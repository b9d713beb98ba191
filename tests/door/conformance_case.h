// One case of the conformance suite: bytes that a client sends, and what must come back. Pure.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace trunkline::tests {

inline constexpr unsigned kContinuation = 0, kText = 1, kBinary = 2, kClose = 8, kPing = 9,
                          kPong = 10;

enum class Length { shortest, in_16_bits, in_64_bits };  // how the length is written
struct Shape {
  bool last = true;
  unsigned reserved = 0;  // RSV1 to RSV3: 4, 2, 1
  bool masked = true;
  std::uint32_t mask = 0x37fa213d;
  Length length = Length::shortest;
};
inline constexpr Shape kMore{.last = false};

// One frame as a client sends it, or as none may.
std::string frame(unsigned opcode, std::string_view payload = {}, const Shape& shape = {});
// A frame's header alone, which promises a payload of so many bytes.
std::string header(unsigned opcode, std::uint64_t size, const Shape& shape = {});
// One message in frames of so many bytes; `size` 0 is none.
std::string in_fragments(unsigned opcode, std::string_view payload, std::size_t size);
std::string close_frame(unsigned code, std::string_view reason = {});

struct Back {
  unsigned opcode = kText;
  std::string payload;
};

inline constexpr unsigned kStaysOpen = 0;

struct Case {
  std::string group, name;
  std::string sent;
  std::vector<Back> back = {};   // in this order, and nothing else
  unsigned closed = kStaysOpen;  // or the code that the door closes with
  std::size_t piece = 0;         // written in pieces of so many bytes; 0: in one
  bool needs_echo() const;       // a message comes back, so that only an edge that echoes can
};

// For GoogleTest.
inline void PrintTo(const Case& one, std::ostream* out) {
  *out << one.group << ": " << one.name;
}

// ---- the groups, numbered as in the suite that is known best
std::vector<Case> framing_cases();        // 1
std::vector<Case> ping_cases();           // 2
std::vector<Case> reserved_bits_cases();  // 3
std::vector<Case> opcode_cases();         // 4
std::vector<Case> fragment_cases();       // 5, 10
std::vector<Case> utf8_cases();           // 6
std::vector<Case> close_cases();          // 7
std::vector<Case> limit_cases();          // 9

// The bytes behind group 6, which JSON is tested with as well.
struct Utf8Row {
  std::string name, bytes;
  bool valid = false;
};
std::vector<Utf8Row> utf8_rows();

}  // namespace trunkline::tests
