// Groups 1 to 4: framing, ping and pong, reserved bits, opcodes.
#include "tests/door/conformance_case.h"

namespace trunkline::tests {
namespace {

const std::string kHello = "Hello, world!";
const Back kHelloBack{kText, kHello};
constexpr unsigned kBroken = 1002;

std::string in_hex(unsigned number) {
  constexpr char kDigits[] = "0123456789abcdef";
  return {kDigits[number / 16], kDigits[number % 16]};
}

std::string name_of_kind(unsigned opcode) {
  return opcode == kText ? "text" : "binary";
}

// Every byte that there is, in an order that is not that of the mask.
std::string payload_of(unsigned opcode, std::size_t size) {
  std::string payload;
  for (std::size_t at = 0; at < size; ++at) {
    payload.push_back(static_cast<char>(opcode == kText ? '!' + at % 90 : at * 31));
  }
  return payload;
}

}  // namespace

std::vector<Case> framing_cases() {
  std::vector<Case> cases;
  const auto add = [&cases](const std::string& name, std::string sent, std::vector<Back> back,
                            unsigned closed = kStaysOpen, std::size_t piece = 0) {
    cases.push_back({"framing", name, std::move(sent), std::move(back), closed, piece});
  };
  for (const unsigned opcode : {kText, kBinary}) {
    const std::string kind = name_of_kind(opcode);
    for (const std::size_t size : {0, 1, 125, 126, 127, 128, 65535, 65536}) {
      const std::string payload = payload_of(opcode, size);
      add(kind + " of " + std::to_string(size), frame(opcode, payload), {{opcode, payload}});
    }
    const std::string long_one = payload_of(opcode, 65536), short_one = payload_of(opcode, 200);
    add(kind + " of 65536 in writes of 997", frame(opcode, long_one), {{opcode, long_one}},
        kStaysOpen, 997);
    add(kind + " byte by byte", frame(opcode, short_one), {{opcode, short_one}}, kStaysOpen, 1);
    add(kind + " masked with 0", frame(opcode, short_one, {.mask = 0}), {{opcode, short_one}});
    add(kind + " masked with ff", frame(opcode, short_one, {.mask = 0xffffffff}),
        {{opcode, short_one}});
    add(kind + " unmasked", frame(opcode, short_one, {.masked = false}), {}, kBroken);
    add(kind + " of 0 unmasked", frame(opcode, {}, {.masked = false}), {}, kBroken);
    add(kind + " of 125 with 16 bits of length",
        frame(opcode, payload_of(opcode, 125), {.length = Length::in_16_bits}), {}, kBroken);
    add(kind + " of 65535 with 64 bits of length",
        frame(opcode, payload_of(opcode, 65535), {.length = Length::in_64_bits}), {}, kBroken);
    add(kind + " of 1 with 64 bits of length", frame(opcode, "x", {.length = Length::in_64_bits}),
        {}, kBroken);
  }
  add(
      "twenty messages in one write",
      [] {
        std::string sent;
        for (int i = 0; i < 20; ++i) sent += frame(i % 2 == 0 ? kText : kBinary, std::to_string(i));
        return sent;
      }(),
      [] {
        std::vector<Back> back;
        for (int i = 0; i < 20; ++i) {
          back.push_back({i % 2 == 0 ? kText : kBinary, std::to_string(i)});
        }
        return back;
      }());
  add("a message, then one unmasked",
      frame(kText, kHello) + frame(kText, kHello, {.masked = false}), {kHelloBack}, kBroken);
  add("what looks like frames is payload", frame(kBinary, frame(kClose) + frame(kPing)),
      {{kBinary, frame(kClose) + frame(kPing)}});
  return cases;
}

std::vector<Case> ping_cases() {
  std::vector<Case> cases;
  const auto add = [&cases](const std::string& name, std::string sent, std::vector<Back> back,
                            unsigned closed = kStaysOpen, std::size_t piece = 0) {
    cases.push_back({"ping", name, std::move(sent), std::move(back), closed, piece});
  };
  const std::string binary("\x00\xff\xfe\xfd\xfc\xfb\x00\xff", 8);
  const std::string longest(125, '\xfe');
  add("empty", frame(kPing), {{kPong, ""}});
  add("with text", frame(kPing, kHello), {{kPong, kHello}});
  add("with bytes", frame(kPing, binary), {{kPong, binary}});
  add("of 125", frame(kPing, longest), {{kPong, longest}});
  add("of 126", frame(kPing, longest + "x"), {}, kBroken);
  add("of 125 byte by byte", frame(kPing, longest), {{kPong, longest}}, kStaysOpen, 1);
  add("unmasked", frame(kPing, kHello, {.masked = false}), {}, kBroken);
  add("in parts", frame(kPing, kHello, kMore) + frame(kContinuation, kHello), {}, kBroken);
  add("with 16 bits of length", frame(kPing, kHello, {.length = Length::in_16_bits}), {}, kBroken);
  add("a pong unasked, empty", frame(kPong), {});
  add("a pong unasked, with payload", frame(kPong, kHello), {});
  add("a pong unasked, then a ping", frame(kPong, kHello) + frame(kPing, binary),
      {{kPong, binary}});
  add("a pong of 126", frame(kPong, longest + "x"), {}, kBroken);
  add("a pong in parts", frame(kPong, kHello, kMore), {}, kBroken);
  std::string ten;
  std::vector<Back> pongs;
  for (int i = 0; i < 10; ++i) {
    ten += frame(kPing, "payload-" + std::to_string(i));
    pongs.push_back({kPong, "payload-" + std::to_string(i)});
  }
  add("ten at once", ten, pongs);
  add("ten byte by byte", ten, pongs, kStaysOpen, 1);
  add("between messages", frame(kText, kHello) + frame(kPing, "1") + frame(kText, kHello),
      {kHelloBack, {kPong, "1"}, kHelloBack});
  return cases;
}

std::vector<Case> reserved_bits_cases() {
  std::vector<Case> cases;
  const auto add = [&cases](const std::string& name, std::string sent, std::vector<Back> back) {
    cases.push_back({"reserved", name, std::move(sent), std::move(back), kBroken});
  };
  for (unsigned bits = 1; bits < 8; ++bits) {
    const std::string which = "rsv " + std::to_string(bits) + " ";
    for (const unsigned opcode : {kText, kBinary, kPing, kPong, kClose}) {
      add(which + "on opcode " + std::to_string(opcode),
          frame(opcode, opcode == kClose ? std::string("\x03\xe8") : kHello, {.reserved = bits}),
          {});
    }
    add(which + "on a continuation",
        frame(kText, kHello, kMore) + frame(kContinuation, kHello, {.reserved = bits}), {});
    add(which + "on the second of two messages",
        frame(kText, kHello) + frame(kText, kHello, {.reserved = bits}) + frame(kPing),
        {kHelloBack});
  }
  return cases;
}

std::vector<Case> opcode_cases() {
  std::vector<Case> cases;
  const auto add = [&cases](const std::string& name, std::string sent, std::vector<Back> back,
                            std::size_t piece = 0) {
    cases.push_back({"opcode", name, std::move(sent), std::move(back), kBroken, piece});
  };
  for (const unsigned opcode : {3u, 4u, 5u, 6u, 7u, 11u, 12u, 13u, 14u, 15u}) {
    const std::string which = in_hex(opcode);
    add(which + " empty", frame(opcode), {});
    add(which + " with payload", frame(opcode, kHello), {});
    add(which + " after a message", frame(kText, kHello) + frame(opcode, kHello) + frame(kPing),
        {kHelloBack}, 1);
    add(which + " between parts", frame(kText, kHello, kMore) + frame(opcode, kHello), {});
  }
  return cases;
}

}  // namespace trunkline::tests
