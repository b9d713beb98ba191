#include "lab/traced_messages.h"

#include <gtest/gtest.h>

#include <sstream>
#include <stdexcept>

namespace trunkline::lab {
namespace {

// Due at 0, sent after `waited`, and then on the edge and back; the clock's low bits wrap
// meanwhile.
TracedMessage message(std::uint32_t waited, std::uint32_t out, std::uint32_t back) {
  TracedMessage one;
  one.due_ns = 0x1'ffff'fff0;
  one.stamps.flags = wire::kSampled;
  one.stamps.present = 1u << 0 | 1u << 1 | 1u << 9;
  one.stamps.at[0] = 0xffff'fff0 + waited;
  one.stamps.at[1] = one.stamps.at[0] + out;
  one.stamps.at[9] = one.stamps.at[1] + back;
  return one;
}

std::vector<Band> bands_of(const std::vector<TracedMessage>& messages) {
  return lab::bands_of([&](const std::function<void(const TracedMessage&)>& on_message) {
    for (const TracedMessage& one : messages) on_message(one);
  });
}

TEST(TracedMessages, PartsOfABandAddUp) {
  std::vector<TracedMessage> messages;
  for (std::uint32_t i = 1; i <= 2'000; ++i) messages.push_back(message(1'000, 10 * i, 20 * i));
  const std::vector<Band> bands = bands_of(messages);
  ASSERT_EQ(bands.size(), 3U) << "2,000 are too few for p99.9";
  EXPECT_EQ(bands[0].name, "p50");
  EXPECT_NEAR(bands[0].mean_us, 31, 0.5);  // 1 us of waiting, 30 of the road
  EXPECT_NEAR(static_cast<double>(bands[0].messages), 200, 10);
  for (const Band& band : bands) {
    ASSERT_EQ(band.legs.size(), 3U);
    double sum = 0;
    for (const Leg& leg : band.legs) sum += leg.mean_us;
    EXPECT_NEAR(sum, band.mean_us, 1e-9);
    EXPECT_EQ(band.legs[0].mean_us, 1);
    EXPECT_NEAR(band.legs[2].mean_us, 2 * band.legs[1].mean_us, 1e-9);
  }
  EXPECT_EQ(bands[0].legs[0].name, "due -> client A sends");
  EXPECT_EQ(bands[2].name, "max");
  EXPECT_EQ(bands[2].mean_us, 61);
  EXPECT_EQ(bands[2].messages, 1U);
}

TEST(TracedMessages, OfFewOnlyTheSlowestIsTold) {
  EXPECT_EQ(bands_of(std::vector<TracedMessage>{}).size(), 0U);
  const std::vector<Band> bands = bands_of({message(0, 10, 10), message(0, 20, 10)});
  ASSERT_EQ(bands.size(), 1U);
  EXPECT_EQ(bands[0].mean_us, 0.03);
}

std::size_t read(const std::string& content) {
  std::istringstream in(content);
  std::size_t count = 0;
  read_traced(in, "traced.bin", [&](const TracedMessage& one) {
    EXPECT_EQ(one.cell, 7U);
    EXPECT_EQ(one.due_ns, 0x1'ffff'fff0);
    EXPECT_EQ(one.stamps.at[1], 1'490U);
    ++count;
  });
  return count;
}

TEST(TracedMessages, AreReadAsFarAsTheyAreWhole) {
  std::string head = "TLTRACE1";
  head += std::string("\x50\0\0\0\0\0\0\0", 8);
  std::string record("\x07\0\0\0\x02\0\0\0\xf0\xff\xff\xff\x01\0\0\0", 16);
  record += wire::encoded(message(500, 1'006, 10).stamps);
  ASSERT_EQ(record.size(), 80U);
  EXPECT_EQ(read(""), 0U);
  EXPECT_EQ(read(head), 0U);
  EXPECT_EQ(read(head + record + record), 2U);
  EXPECT_EQ(read(head + record + record.substr(0, 79)), 1U);
  EXPECT_THROW(read("TLTRACE2" + head.substr(8)), std::runtime_error);
  record[16] = 9;  // version of the stamps
  EXPECT_THROW(read(head + record), std::runtime_error);
}

}  // namespace
}  // namespace trunkline::lab
