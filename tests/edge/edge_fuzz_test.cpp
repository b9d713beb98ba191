// Anything may come from a client: what the rim's pure parts make of bytes that are nearly right.
#include <gtest/gtest.h>

#include <random>

#include "edge/bin_codec.h"
#include "edge/frame_walker.h"
#include "edge/json_codec.h"
#include "edge/sasl.h"

namespace trunkline::edge {
namespace {

using wire::Bytes;

constexpr int kRounds = 200'000;
constexpr std::uint32_t kSeed = 20261124;

class Mutator {
 public:
  explicit Mutator(std::uint32_t seed) : random_(seed) {}

  std::size_t below(std::size_t bound) { return random_() % bound; }
  // One to four changes: a byte, a cut, a doubled or a moved piece.
  Bytes mutated(Bytes bytes) {
    for (std::size_t changes = 1 + below(4); changes > 0 && !bytes.empty(); --changes) {
      const std::size_t at = below(bytes.size());
      const std::size_t size = 1 + below(std::min<std::size_t>(bytes.size() - at, 16));
      switch (below(5)) {
        case 0:
          bytes[at] = static_cast<char>(random_());
          break;
        case 1:
          bytes[at] = "{}[]\",:\\u0e-\x80"[below(13)];
          break;
        case 2:
          bytes.erase(at, size);
          break;
        case 3:
          bytes.insert(at, Bytes(bytes, at, size));
          break;
        default:
          bytes.insert(below(bytes.size()), Bytes(bytes, at, size));
      }
    }
    return bytes;
  }

 private:
  std::mt19937 random_;
};

const Bytes kTexts[] = {
    R"({"op":"auth","mechanism":"PLAIN","data":"AGEAYg==","device":"phone","cursor":7,"mailbox":"1"})",
    R"({"op":"response","data":"Yz1iaXdz"})",
    R"({"op":"send","id":"m1","to":"bob","body":"h\u00e9\ud83d\ude00\n","class":"direct"})",
    R"({"op":"send","id":"m1","to":"bob","bytes":"/wA=","x":[1,-2.5e3,{"y":null},true]})",
    R"({"op":"received","mseq":9007199254740991})",
    R"({"op":"history","with":"bob","before":42,"limit":2,"ref":"h1"})",
    R"({"op":"ping","id":"p"})",
    R"({"op":"bye"})",
};

// What the reader takes for an operation, the codec of `.bin` takes too: one truth.
TEST(EdgeFuzz, ATextIsRefusedOrMakesAFrameThatIsInOrder) {
  Mutator mutator(kSeed);
  JsonReader reader;
  Bytes frame;
  int taken = 0;
  for (int round = 0; round < kRounds; ++round) {
    const Bytes text = mutator.mutated(kTexts[mutator.below(std::size(kTexts))]);
    if (reader.read(text, frame)) continue;
    ++taken;
    wire::BytesView left = frame;
    ASSERT_EQ(next_client_frame(left).refusal, "") << text;
    ASSERT_TRUE(left.empty());
    ASSERT_TRUE(wire::is_utf8(text)) << text;
  }
  EXPECT_GT(taken, kRounds / 100);
}

TEST(EdgeFuzz, ABrokenFrameIsNamed) {
  Mutator mutator(kSeed);
  JsonReader reader;
  Bytes frame;
  for (int round = 0; round < kRounds; ++round) {
    ASSERT_FALSE(reader.read(kTexts[mutator.below(std::size(kTexts))], frame));
    const Bytes broken = mutator.mutated(frame);
    wire::BytesView left = broken;
    while (!left.empty() && next_client_frame(left).refusal.empty()) continue;
  }
}

// Whatever the bytes are and however they are cut: no opcode of text is left where a frame begins,
// and nothing but opcodes has changed.
TEST(EdgeFuzz, TheWalkerChangesNothingButOpcodes) {
  Mutator mutator(kSeed);
  for (int round = 0; round < kRounds / 10; ++round) {
    Bytes bytes;
    for (std::size_t frames = 1 + mutator.below(4); frames > 0; --frames) {
      bytes += static_cast<char>(mutator.below(256));
      bytes += static_cast<char>(mutator.below(256));
      bytes += Bytes(mutator.below(40), static_cast<char>(mutator.below(256)));
    }
    FrameWalker walker;
    walker.begin(true, 4);
    Bytes walked = bytes;
    for (std::size_t at = 0; at < walked.size();) {
      const std::size_t size = 1 + mutator.below(walked.size() - at);
      if (!walker.walk(walked.data() + at, size)) break;
      at += size;
    }
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      if (walked[at] == bytes[at]) continue;
      ASSERT_EQ(static_cast<unsigned char>(walked[at]) ^ static_cast<unsigned char>(bytes[at]), 3);
    }
  }
}

TEST(EdgeFuzz, AFirstMessageNamesSomebodyOrIsRefused) {
  Mutator mutator(kSeed);
  for (int round = 0; round < kRounds / 10; ++round) {
    const bool plain = mutator.below(2) == 0;
    const Bytes message = mutator.mutated(plain ? Bytes("alice\0alice\0secret", 18)
                                                : Bytes("n,a=alice,n=alice,r=abcdefgh"));
    const Identity identity =
        identity_of(plain ? Mechanism::plain : Mechanism::scram_sha_256, message);
    ASSERT_EQ(identity.code == wire::Code::ok, wire::is_name(identity.user));
  }
}

}  // namespace
}  // namespace trunkline::edge
