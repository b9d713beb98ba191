// Group 6: a text is UTF-8, however it is cut; what is not ends the connection with 1007, at once
// where it can be known.
#include "tests/door/conformance_case.h"

namespace trunkline::tests {
namespace {
constexpr unsigned kNoUtf8 = 1007;
}

std::vector<Case> utf8_cases() {
  std::vector<Case> cases;
  const auto add = [&cases](const std::string& name, std::string sent, std::vector<Back> back,
                            unsigned closed = kStaysOpen, std::size_t piece = 0) {
    cases.push_back({"utf8", name, std::move(sent), std::move(back), closed, piece});
  };
  for (const Utf8Row& row : utf8_rows()) {
    const std::vector<Back> back =
        row.valid ? std::vector<Back>{{kText, row.bytes}} : std::vector<Back>{};
    const unsigned closed = row.valid ? kStaysOpen : kNoUtf8;
    add(row.name, frame(kText, row.bytes), back, closed);
    add(row.name + ", a part for each byte", in_fragments(kText, row.bytes, 1), back, closed);
    add(row.name + ", byte by byte", frame(kText, row.bytes), back, closed, 1);
    // Bytes are bytes.
    if (!row.valid)
      add(row.name + ", as binary", frame(kBinary, row.bytes), {{kBinary, row.bytes}});
  }
  const std::string word = "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5";
  // The rest never comes: the door has to know without it.
  add("known before the message ends", frame(kText, word + "\xf4\x90\x80\x80", kMore), {}, kNoUtf8);
  add("known before the frame ends", header(kText, 100, {.mask = 0}) + word + "\xf4\x90", {},
      kNoUtf8);
  add("known at the second part",
      frame(kText, word + "\xf4", kMore) + frame(kContinuation, "\x90", kMore), {}, kNoUtf8);
  add("a ping between the bytes of a character",
      frame(kText, "\xce", kMore) + frame(kPing, "\xff") + frame(kContinuation, "\xba"),
      {{kPong, "\xff"}, {kText, "\xce\xba"}});
  add("a good text, then a bad one", frame(kText, word) + frame(kText, "\xff"), {{kText, word}},
      kNoUtf8);
  return cases;
}

}  // namespace trunkline::tests
