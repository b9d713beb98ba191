// Groups 5 and 10: messages in parts, and what may stand between them.
#include "tests/door/conformance_case.h"

namespace trunkline::tests {
namespace {

constexpr unsigned kBroken = 1002;

std::string parts(std::initializer_list<std::string> frames) {
  std::string all;
  for (const std::string& one : frames) all += one;
  return all;
}

std::string bytes_of_all_values(std::size_t size) {
  std::string bytes;
  for (std::size_t at = 0; at < size; ++at) bytes.push_back(static_cast<char>(at * 7));
  return bytes;
}

}  // namespace

std::vector<Case> fragment_cases() {
  std::vector<Case> cases;
  const auto add = [&cases](const std::string& name, std::string sent, std::vector<Back> back,
                            unsigned closed = kStaysOpen, std::size_t piece = 0) {
    cases.push_back({"fragments", name, std::move(sent), std::move(back), closed, piece});
  };
  const std::string first = frame(kText, "fragment1", kMore);
  const std::string middle = frame(kContinuation, "fragment2", kMore);
  const std::string last = frame(kContinuation, "fragment2");
  const Back both{kText, "fragment1fragment2"};
  for (const unsigned opcode : {kPing, kPong}) {
    const std::string which = opcode == kPing ? "ping" : "pong";
    add("a " + which + " in two", frame(opcode, "1", kMore) + frame(kContinuation, "2"), {},
        kBroken);
  }
  add("a close in two", frame(kClose, "\x03\xe8", kMore) + frame(kContinuation, "x"), {}, kBroken);
  for (const std::size_t piece : {0, 1}) {
    const std::string how = piece == 0 ? "" : ", byte by byte";
    add("text in two" + how, first + last, {both}, kStaysOpen, piece);
    add("text in two with a ping between" + how, parts({first, frame(kPing, "p"), last}),
        {{kPong, "p"}, both}, kStaysOpen, piece);
    add("text in two with a pong between" + how, parts({first, frame(kPong, "p"), last}), {both},
        kStaysOpen, piece);
    add("a last part without a first" + how, frame(kContinuation, "lonely") + frame(kText, "Hello"),
        {}, kBroken, piece);
    add("a middle part without a first" + how,
        frame(kContinuation, "lonely", kMore) + frame(kText, "Hello"), {}, kBroken, piece);
    add("a message within a message" + how, first + frame(kText, "fragment2"), {}, kBroken, piece);
    add("another kind within a message" + how, first + frame(kBinary, "fragment2"), {}, kBroken,
        piece);
    add("a first part within a message" + how, first + frame(kText, "fragment2", kMore), {},
        kBroken, piece);
    add("five parts and two pings" + how,
        parts({first, middle, frame(kPing, "1"), middle, middle, frame(kPing, "2"), last}),
        {{kPong, "1"}, {kPong, "2"}, {kText, "fragment1fragment2fragment2fragment2fragment2"}},
        kStaysOpen, piece);
    add("a part too many after a whole" + how,
        parts({first, last, frame(kContinuation, "fragment3", kMore), frame(kText, "Hello")}),
        {both}, kBroken, piece);
  }
  for (const unsigned opcode : {kText, kBinary}) {
    const std::string kind = opcode == kText ? "text" : "binary";
    add(kind + ", all parts empty",
        parts({frame(opcode, "", kMore), frame(kContinuation, "", kMore), frame(kContinuation)}),
        {{opcode, ""}});
    add(kind + ", first part empty",
        parts({frame(opcode, "", kMore), frame(kContinuation, "middle", kMore),
               frame(kContinuation)}),
        {{opcode, "middle"}});
    add(kind + ", middle part empty",
        parts({frame(opcode, "a", kMore), frame(kContinuation, "", kMore),
               frame(kContinuation, "c")}),
        {{opcode, "ac"}});
  }
  const std::string long_one = bytes_of_all_values(65536);
  for (const std::size_t size : {1, 125, 126, 1300, 65535}) {
    const std::string sent = size == 1 ? long_one.substr(0, 300) : long_one;
    add("binary in parts of " + std::to_string(size), in_fragments(kBinary, sent, size),
        {{kBinary, sent}});
  }
  add("whole, in parts, whole", parts({frame(kText, "1"), first, last, frame(kBinary, "3")}),
      {{kText, "1"}, both, {kBinary, "3"}});
  add("begun, and ended by a close", first + close_frame(1000), {}, 1000);
  // 10: what came in one frame goes back in one, or in parts; this door uses one.
  add("65536 bytes of text in one frame", frame(kText, std::string(65536, '*')),
      {{kText, std::string(65536, '*')}});
  return cases;
}

}  // namespace trunkline::tests
