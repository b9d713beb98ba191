// Group 7: the end.
#include "tests/door/conformance_case.h"

namespace trunkline::tests {
namespace {
constexpr unsigned kBroken = 1002;
}

std::vector<Case> close_cases() {
  std::vector<Case> cases;
  const auto add = [&cases](const std::string& name, std::string sent, std::vector<Back> back,
                            unsigned closed, std::size_t piece = 0) {
    cases.push_back({"close", name, std::move(sent), std::move(back), closed, piece});
  };
  const std::string hello = frame(kText, "Hello");
  const Back hello_back{kText, "Hello"};
  add("a message, then the end", hello + close_frame(1000), {hello_back}, 1000);
  add("twice", close_frame(1000) + close_frame(1000), {}, 1000);
  add("twice, with other codes", close_frame(1001) + close_frame(1003), {}, 1001);
  add("then a ping", close_frame(1000) + frame(kPing), {}, 1000);
  add("then a message", close_frame(1000) + hello, {}, 1000);
  add("then what is no frame", close_frame(1000) + std::string("\xff\xff\xff\xff", 4), {}, 1000);
  add("between the parts of a message",
      frame(kText, "fragment1", kMore) + close_frame(1000) + frame(kContinuation, "fragment2"), {},
      1000);
  add("after 256 KiB",
      frame(kText, std::string(256 * 1024, '*')) + close_frame(1000) + frame(kPing),
      {{kText, std::string(256 * 1024, '*')}}, 1000);
  add("byte by byte", close_frame(1000, "good night"), {}, 1000, 1);
  add("empty: no code, answered as a normal end", frame(kClose), {}, 1000);
  add("of one byte", frame(kClose, "\x03"), {}, kBroken);
  add("with a reason", close_frame(1000, "Hello World!"), {}, 1000);
  add("with a reason of 123", close_frame(1000, std::string(123, '*')), {}, 1000);
  add("with a reason of 124", close_frame(1000, std::string(124, '*')), {}, kBroken);
  add("with a reason in UTF-8", close_frame(1000, "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5"),
      {}, 1000);
  add("with a reason that is no UTF-8", close_frame(1000, "\xce\xba\xed\xa0\x80 edited"), {},
      kBroken);
  add("with half a character", close_frame(1000, "\xce"), {}, kBroken);
  add("in parts", frame(kClose, "\x03\xe8", kMore), {}, kBroken);
  add("unmasked", frame(kClose, "\x03\xe8", {.masked = false}), {}, kBroken);
  for (const unsigned code :
       {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 3000, 3999, 4000, 4999}) {
    add("code " + std::to_string(code), close_frame(code), {}, code);
    add("code " + std::to_string(code) + " with a reason", close_frame(code, "why"), {}, code);
  }
  for (const unsigned code : {0, 1, 999, 1004, 1005, 1006, 1014, 1015, 1016, 1100, 2000, 2999}) {
    add("code " + std::to_string(code) + ", which nobody may send", close_frame(code), {}, kBroken);
    add("code " + std::to_string(code) + " with a reason, which nobody may send",
        close_frame(code, "why"), {}, kBroken);
  }
  // Beyond what RFC 6455 gives out, and not forbidden by it: given back.
  for (const unsigned code : {5000, 65535}) {
    add("code " + std::to_string(code) + ", of no range", close_frame(code), {}, code);
  }
  return cases;
}

}  // namespace trunkline::tests
