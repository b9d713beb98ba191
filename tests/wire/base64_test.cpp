#include "wire/base64.h"

#include <gtest/gtest.h>

#include <utility>

namespace trunkline::wire {
namespace {

TEST(Base64, IsThatOfTheStandard) {  // RFC 4648 section 10
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, coded] : vectors) EXPECT_EQ(to_base64(plain), coded);
}

TEST(Base64, TakesWhatItGives) {
  for (std::size_t size = 0; size < 50; ++size) {
    Bytes bytes;
    for (std::size_t i = 0; i < size; ++i) bytes.push_back(static_cast<char>(37 * i + size));
    Bytes back = "x";
    ASSERT_TRUE(append_from_base64(back, to_base64(bytes)));
    EXPECT_EQ(back, "x" + bytes);
  }
}

TEST(Base64, IsStrict) {
  for (const char* text : {"AAAA?AAA",
                           "A",
                           "AA",
                           "AAA",
                           "A===",
                           "AA=",
                           "====",
                           "AA==AAAA",
                           "AA=A",
                           "AAA\x80",
                           "\xc3\xa9\xc3\xa9",
                           "/w\xff\xff",
                           "AB==",
                           "AAB=",
                           " AAA",
                           "AAA ",
                           "AAA\n",
                           "AAAA\n",
                           "AAAA====",
                           "AA-_"}) {
    Bytes out = "x";
    EXPECT_FALSE(append_from_base64(out, text)) << text;
    EXPECT_EQ(out, "x") << text;
  }
}

}  // namespace
}  // namespace trunkline::wire
