// What is UTF-8 and what is not: the sequences of Markus Kuhn's decoder stress test, the ends of
// every range of RFC 3629, the code points that are no characters, and every prefix of a word.
#include <array>

#include "tests/door/conformance_case.h"

namespace trunkline::tests {
namespace {

std::string utf8_of(std::uint32_t point) {
  const auto tail = [point](int shift) {
    return static_cast<char>(0x80 | (point >> shift & 0x3f));
  };
  if (point < 0x80) return {static_cast<char>(point)};
  if (point < 0x800) return {static_cast<char>(0xc0 | point >> 6), tail(0)};
  if (point < 0x10000) return {static_cast<char>(0xe0 | point >> 12), tail(6), tail(0)};
  return {static_cast<char>(0xf0 | point >> 18), tail(12), tail(6), tail(0)};
}

std::string in_hex(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    text += {kDigits[static_cast<unsigned char>(byte) / 16],
             kDigits[static_cast<unsigned char>(byte) % 16]};
  }
  return text;
}

const std::string kWord = "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5";  // kosme, in Greek

void add_valid(std::vector<Utf8Row>& rows) {
  rows.push_back({"nothing", "", true});
  rows.push_back({"letters of Latin 1",
                  "Hello-\xc2\xb5@\xc3\x9f\xc3\xb6\xc3\xa4\xc3\xbc\xc3\xa0\xc3\xa1-UTF-8!!", true});
  rows.push_back({"a Greek word", kWord, true});
  for (const std::uint32_t point : std::initializer_list<std::uint32_t>{
           0x0,     0x7f,    0x80,     0x7ff,    0x800,  0xfff,   0x1000,
           0xcfff,  0xd000,  0xd7ff,   0xe000,   0xfffd, 0x10000, 0x3ffff,
           0x40000, 0xfffff, 0x100000, 0x10ffff, 0xfeff, 0x1f600}) {
    rows.push_back({"point " + in_hex(utf8_of(point)), utf8_of(point), true});
  }
  for (std::uint32_t plane = 0; plane <= 16; ++plane) {
    for (const std::uint32_t point : {plane << 16 | 0xfffe, plane << 16 | 0xffff}) {
      rows.push_back({"no character " + in_hex(utf8_of(point)), utf8_of(point), true});
    }
  }
}

void add_prefixes(std::vector<Utf8Row>& rows) {
  for (std::size_t size = 1; size < kWord.size(); ++size) {
    const bool whole = size == 2 || size == 5 || size == 7 || size == 9;
    rows.push_back(
        {"the first " + std::to_string(size) + " bytes of a word", kWord.substr(0, size), whole});
  }
}

void add_all(std::vector<Utf8Row>& rows, const std::string& what,
             std::initializer_list<std::string> all) {
  for (const std::string& bytes : all) rows.push_back({what + " " + in_hex(bytes), bytes, false});
}

void add_invalid(std::vector<Utf8Row>& rows) {
  add_all(rows, "beyond 10ffff",
          {"\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf7\xbf\xbf\xbf", "\xf8\x88\x80\x80\x80",
           "\xfb\xbf\xbf\xbf\xbf", "\xfc\x84\x80\x80\x80\x80", "\xfd\xbf\xbf\xbf\xbf\xbf"});
  add_all(rows, "a tail without head",
          {"\x80", "\xbf", "\x80\xbf", "\x80\xbf\x80", "\x80\xbf\x80\xbf", "\x80\xbf\x80\xbf\x80",
           "\x80\xbf\x80\xbf\x80\xbf", "a\x80", "a\xbfz"});
  std::string tails;
  for (int byte = 0x80; byte <= 0xbf; ++byte) tails.push_back(static_cast<char>(byte));
  rows.push_back({"all tails", tails, false});
  for (const auto& [from, to] :
       {std::array{0xc0, 0xdf}, std::array{0xe0, 0xef}, std::array{0xf0, 0xf7},
        std::array{0xf8, 0xfb}, std::array{0xfc, 0xfd}}) {
    std::string heads;
    for (int byte = from; byte <= to; ++byte) heads += {static_cast<char>(byte), ' '};
    rows.push_back({"heads without tail from " + in_hex(heads.substr(0, 1)), heads, false});
  }
  add_all(rows, "without its last byte",
          {"\xc2", "\xdf", "\xe0\xa0", "\xef\xbf", "\xf0\x90\x80", "\xf4\x8f\xbf",
           "\xf8\x88\x80\x80", "\xfb\xbf\xbf\xbf", "\xfc\x84\x80\x80\x80", "\xfd\xbf\xbf\xbf\xbf"});
  add_all(rows, "cut short, then text", {"\xc3 ", "\xe2\x82 ", "\xf0\x9f\x98 ", "\xe2(\xac"});
  rows.push_back({"several cut short, one after the other",
                  "\xc2\xe0\xa0\xf0\x90\x80\xdf\xef\xbf\xf4\x8f\xbf", false});
  add_all(rows, "no byte of UTF-8", {"\xfe", "\xff", "\xfe\xfe\xff\xff", "a\xff", "\xc0", "\xc1"});
  add_all(rows, "longer than it need be",
          {"\xc0\xaf", "\xe0\x80\xaf", "\xf0\x80\x80\xaf", "\xf8\x80\x80\x80\xaf",
           "\xfc\x80\x80\x80\x80\xaf", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf",
           "\xf8\x87\xbf\xbf\xbf", "\xfc\x83\xbf\xbf\xbf\xbf", "\xc0\x80",
           std::string("\xe0\x80\x80", 3), "\xf0\x80\x80\x80", "\xf8\x80\x80\x80\x80",
           "\xfc\x80\x80\x80\x80\x80"});
  add_all(rows, "a surrogate",
          {"\xed\xa0\x80", "\xed\xad\xbf", "\xed\xae\x80", "\xed\xaf\xbf", "\xed\xb0\x80",
           "\xed\xbe\x80", "\xed\xbf\xbf"});
  add_all(rows, "two surrogates",
          {"\xed\xa0\x80\xed\xb0\x80", "\xed\xa0\x80\xed\xbf\xbf", "\xed\xad\xbf\xed\xb0\x80",
           "\xed\xad\xbf\xed\xbf\xbf", "\xed\xae\x80\xed\xb0\x80", "\xed\xae\x80\xed\xbf\xbf",
           "\xed\xaf\xbf\xed\xb0\x80", "\xed\xaf\xbf\xed\xbf\xbf"});
  rows.push_back({"a surrogate in a text", kWord + "\xed\xa0\x80" + "edited", false});
}

}  // namespace

std::vector<Utf8Row> utf8_rows() {
  std::vector<Utf8Row> rows;
  add_valid(rows);
  add_prefixes(rows);
  add_invalid(rows);
  return rows;
}

}  // namespace trunkline::tests
