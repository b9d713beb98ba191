#include "routing/send_line.h"

#include <gtest/gtest.h>

namespace trunkline::routing {
namespace {

struct Line : ::testing::Test {
  void push(wire::BytesView from, wire::BytesView to, std::int64_t at_us, wire::PortId port = 1) {
    wire::FrameHeader header;
    header.address = {0, port, 1};
    wire::Send send;
    send.tag = ++tag;
    send.message = {wire::MessageClass::stored, from, "desk", to, "m", "body", {}};
    const wire::Bytes frame = wire::encoded(header, send);
    line.push(*wire::decode(frame), {at_us, 0});
  }
  std::vector<wire::Tag> busy(std::int64_t at_us) {
    std::vector<wire::Tag> tags;
    for (const SendLine::Waiting& waiting : line.take_busy({at_us, 0})) {
      tags.push_back(wire::payload_of<wire::Send>(*wire::decode(waiting.frame))->tag);
    }
    return tags;
  }
  using Tags = std::vector<wire::Tag>;
  SendLine line;
  wire::Tag tag = 0;
};

TEST_F(Line, IsBusyAfterFiveSecondsForThePairAndNobodyElse) {
  push("alice", "bob", 0);
  push("carol", "bob", 1);
  push("alice", "bob", 2);
  push("alice", "carol", 3);
  EXPECT_EQ(line.busy_at(), wire::kBusyAfterUs);
  EXPECT_EQ(busy(wire::kBusyAfterUs - 1), Tags{});
  EXPECT_EQ(busy(wire::kBusyAfterUs), (Tags{1, 3}));
  EXPECT_EQ(line.size(), 2u);
  EXPECT_EQ(busy(wire::kBusyAfterUs + 3), (Tags{2, 4}));
  EXPECT_TRUE(line.empty());
  EXPECT_EQ(line.bytes(), 0u);
}

TEST_F(Line, DropsThePortThatDied) {
  push("alice", "bob", 0, 1);
  push("carol", "bob", 0, 2);
  line.drop_port(1);
  EXPECT_EQ(line.size(), 1u);
  EXPECT_EQ(line.front().from.port, 2u);
}

}  // namespace
}  // namespace trunkline::routing
