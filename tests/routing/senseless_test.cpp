// Frames whose checksums are right and whose fields are not: an edge that is broken, or worse. They
// may be dropped, refused or break their port; a rank goes on, and other users notice nothing.
#include <gtest/gtest.h>

#include <random>

#include "tests/routing/story.h"

namespace trunkline::routing {
namespace {

template <class Payload>
wire::Bytes frame_of(const Payload& payload) {
  return wire::encoded({}, payload);
}

std::vector<wire::Bytes> frames_of_every_kind(wire::BytesView user) {
  wire::Send send;
  send.tag = 1;
  send.message = {wire::MessageClass::stored, user, "desk", user, "m1", "hello", {}};
  wire::Direct direct;
  direct.message = {wire::MessageClass::direct, user, "desk", user, "d1", "hi", {}};
  return {
      frame_of(wire::Hello{"edge1", 0, 1}),
      frame_of(wire::Beat{}),
      frame_of(wire::Verifier{user}),
      frame_of(wire::Attach{user, "desk", 0, wire::kNoMseq, "1", 1}),
      frame_of(wire::Detach{user, "desk", 1}),
      frame_of(send),
      frame_of(direct),
      frame_of(wire::Taken{user, "desk", 1, 1}),
      frame_of(wire::Received{user, "desk", 1, 1}),
      frame_of(wire::History{user, "desk", 1, {}, 9, 3, "ref"}),
      frame_of(wire::Admin{wire::AdminVerb::ping, wire::kNoRank, user, {}}),
      frame_of(wire::Stored{1, 8}),
      frame_of(wire::Attached{1, 0, 0, "1", wire::Storage::disk}),
      frame_of(wire::Copy{1, 1, "records"}),
      frame_of(wire::Copied{1, 1}),
      frame_of(wire::Hint{user, 1, 1}),
      frame_of(wire::Sole{user, true, 1}),
  };
}

TEST(Senseless, FramesFromAnEdgeHarmNobodyElse) {
  std::mt19937_64 random(7);
  const auto below = [&random](std::size_t bound) { return random() % bound; };
  Story story(2);
  const wire::Bytes victim = story.user_at(1);
  Client& bob = story.edge(1, "edge2").client(story.user_at(1, 1), "desk");
  bob.attach();
  EXPECT_EQ(bob.heard(), "attached at 0");
  Edge& edge = story.edge(0);
  edge.turn_deaf();  // It makes no sense of answers either.
  const std::vector<wire::Bytes> templates = frames_of_every_kind(victim);
  for (int round = 0; round < 5'000; ++round) {
    wire::Bytes frames;
    for (std::size_t n = below(4); n-- > 0;) {
      wire::Bytes frame = templates[below(templates.size())];
      for (std::size_t changes = below(3); changes-- > 0;) {
        if (frame.size() == wire::kFrameHeaderBytes) break;
        frame[wire::kFrameHeaderBytes + below(frame.size() - wire::kFrameHeaderBytes)] =
            static_cast<char>(random());
      }
      const wire::Slot slot =
          below(8) == 0 ? static_cast<wire::Slot>(random()) : wire::slot_of(victim);
      wire::readdress(frame, {0, edge.port(), below(4)}, slot);
      frames += frame;
    }
    edge.send_raw(std::move(frames));
    story.settle();
    if (edge.is_reset()) edge.hello();
  }
  EXPECT_GT(story.counters(0).bad_frames, 1'000u);
  EXPECT_GT(story.counters(1).attaches, 100u);
  bob.send(bob.user(), "m1");
  EXPECT_EQ(bob.heard(), "stored 1, 1 from " + bob.user() + ": hello");
}

}  // namespace
}  // namespace trunkline::routing
