// Group 9: long messages, many of them, in many parts and many writes. The limits of the product
// are tested with its protocols; here is what an edge that echoes takes: 16 MiB.
#include "tests/door/conformance_case.h"

namespace trunkline::tests {
namespace {

constexpr std::size_t kKiB = 1024, kMiB = 1024 * kKiB;
constexpr unsigned kTooBig = 1009;

std::string payload_of(unsigned opcode, std::size_t size) {
  std::string payload(size, '*');
  for (std::size_t at = 0; at < size; at += 61) {
    payload[at] = static_cast<char>(opcode == kText ? 'a' + at % 26 : at);
  }
  return payload;
}

std::string name_of_size(std::size_t size) {
  return size % kMiB == 0   ? std::to_string(size / kMiB) + " MiB"
         : size % kKiB == 0 ? std::to_string(size / kKiB) + " KiB"
                            : std::to_string(size);
}

Case many(unsigned opcode, std::size_t size, int count) {
  Case made;
  const std::string payload = payload_of(opcode, size);
  for (int i = 0; i < count; ++i) {
    made.sent += frame(opcode, payload);
    made.back.push_back({opcode, payload});
  }
  return made;
}

}  // namespace

std::vector<Case> limit_cases() {
  std::vector<Case> cases;
  const auto add = [&cases](const std::string& name, std::string sent, std::vector<Back> back,
                            unsigned closed = kStaysOpen, std::size_t piece = 0) {
    cases.push_back({"limits", name, std::move(sent), std::move(back), closed, piece});
  };
  for (const unsigned opcode : {kText, kBinary}) {
    const std::string kind = opcode == kText ? "text" : "binary";
    for (const std::size_t size : {64 * kKiB, 256 * kKiB, kMiB, 4 * kMiB}) {
      const std::string payload = payload_of(opcode, size);
      add(kind + " of " + name_of_size(size), frame(opcode, payload), {{opcode, payload}});
    }
    const std::string mega = payload_of(opcode, kMiB);
    for (const std::size_t part : {64ul, 256ul, kKiB, 4 * kKiB, 16 * kKiB, 64 * kKiB, 256 * kKiB}) {
      add(kind + " of 1 MiB in parts of " + name_of_size(part), in_fragments(opcode, mega, part),
          {{opcode, mega}});
    }
    for (const std::size_t piece : {128ul, 256ul, 512ul, kKiB, 2 * kKiB}) {
      const std::string short_one = mega.substr(0, 256 * kKiB);
      add(kind + " of 256 KiB in writes of " + name_of_size(piece), frame(opcode, short_one),
          {{opcode, short_one}}, kStaysOpen, piece);
    }
    for (const std::size_t size : {0ul, 16ul, 64ul, 256ul, kKiB, 4 * kKiB}) {
      Case made = many(opcode, size, 500);
      add("500 times " + kind + " of " + name_of_size(size), std::move(made.sent),
          std::move(made.back));
    }
    add(kind + " one above 16 MiB", header(opcode, 16 * kMiB + 1), {}, kTooBig);
    add(kind + " of 2^62, promised", header(opcode, 1ull << 62), {}, kTooBig);
    // No lengths at all (RFC 6455 section 5.2), but too large before that is seen.
    add(kind + " of 2^63, promised", header(opcode, 1ull << 63), {}, kTooBig);
    add(kind + " of 2^64-1, promised", header(opcode, ~0ull), {}, kTooBig);
  }
  const std::string largest = payload_of(kBinary, 16 * kMiB);
  add("binary of 16 MiB", frame(kBinary, largest), {{kBinary, largest}});
  add("binary above 16 MiB in parts", frame(kBinary, largest, kMore) + frame(kContinuation, "x"),
      {}, kTooBig);
  return cases;
}

}  // namespace trunkline::tests
