// Pumps: protocol section 4 rule 22, and section 9's row of the pump window.
#include <gtest/gtest.h>

#include "tests/routing/story.h"

namespace trunkline::routing {
namespace {

struct Pumps : ::testing::Test {
  explicit Pumps(Story::Options options = {}) : story(2, std::move(options)) {
    alice.attach();
    alice.heard();
  }
  // Messages `from` to `to` for bob, named by their numbers.
  void send(int from, int to, std::size_t body_bytes = 5) {
    for (int i = from; i <= to; ++i) {
      alice.send(bob.user(), "m" + std::to_string(i), wire::Bytes(body_bytes, 'x'));
    }
    alice.heard();
  }
  // How many messages bob was given since the last look, and the number of the last one.
  std::pair<std::size_t, int> given() {
    const std::string all = bob.heard();
    std::size_t count = 0;
    int last = 0;
    for (std::size_t at = 0; at < all.size();) {
      const std::size_t end = std::min(all.find(", ", at), all.size());
      const std::string one = all.substr(at, end - at);
      if (one.find(" from ") != std::string::npos) {
        ++count;
        last = std::stoi(one);
      }
      at = end + 2;
    }
    return {count, last};
  }
  using Given = std::pair<std::size_t, int>;

  Story story;
  Client& alice = story.edge(0).client(story.user_at(0), "desk");
  Client& bob = story.edge(0, "edge2").client(story.user_at(1), "desk");
};

TEST_F(Pumps, NothingIsShownBeforeItIsCommitted) {
  bob.attach();
  bob.heard();
  story.hold_commits(1);
  send(1, 1);
  EXPECT_EQ(bob.heard(), "");
  story.let_commit(1);
  EXPECT_EQ(given(), Given(1, 1));
}

TEST_F(Pumps, BacklogAndNewMessagesAreOneStream) {
  send(1, 3);
  bob.attach();
  send(4, 5);
  EXPECT_EQ(given(), Given(5, 5));
}

TEST_F(Pumps, BeginAtTheCursorThatTheClientGives) {
  send(1, 3);
  bob.attach(2);
  EXPECT_EQ(bob.heard(), "attached at 2, 3 from " + alice.user() + ": xxxxx");
}

TEST_F(Pumps, EachDeviceReadsByItself) {
  Client& phone = story.edge(1).client(bob.user(), "phone");
  send(1, 2);
  bob.attach();
  phone.attach(1);
  EXPECT_EQ(given(), Given(2, 2));
  EXPECT_EQ(phone.heard(), "attached at 1, 2 from " + alice.user() + ": xxxxx");
}

TEST_F(Pumps, StopAt64RecordsUntilTheyAreTaken) {
  bob.takes = false;
  bob.attach();
  send(1, 100);
  EXPECT_EQ(given(), Given(64, 64));
  bob.taken(10);
  EXPECT_EQ(given(), Given(10, 74));
  bob.taken(74);
  EXPECT_EQ(given(), Given(26, 100));
}

TEST_F(Pumps, StopAt64KiBUntilTheyAreTaken) {
  bob.takes = false;
  bob.attach();
  send(1, 4, 30'000);
  EXPECT_EQ(given(), Given(3, 3)) << "open while what is outstanding is below the bound";
  const auto seen = story.rank(1).router->inspect();
  EXPECT_LE(seen.pump_bytes_max, wire::kPumpBytesMax + wire::kClusterFrameBytesMax);
  bob.taken(1);
  EXPECT_EQ(given(), Given(1, 4));
}

TEST_F(Pumps, ALargestMessageFitsAnEmptyWindow) {
  bob.attach();
  send(1, 2, 65'000);
  EXPECT_EQ(given(), Given(2, 2));
}

TEST_F(Pumps, AReplacedSessionIsShownNothingMore) {
  bob.takes = false;
  bob.attach();
  bob.heard();
  Client& newer = story.edge(1).client(bob.user(), "desk");
  newer.attach();
  newer.heard();
  send(1, 1);
  EXPECT_EQ(bob.heard(), "replaced");
  EXPECT_EQ(newer.heard(), "1 from " + alice.user() + ": xxxxx");
}

TEST_F(Pumps, AReadThatComesAfterItsSessionHasGoneIsDropped) {
  send(1, 1);
  story.hold_loads(1);
  bob.attach();
  bob.heard();
  Client& newer = story.edge(1).client(bob.user(), "desk");
  newer.attach();
  newer.heard();
  story.let_load(1);
  EXPECT_EQ(bob.heard(), "replaced");
  EXPECT_EQ(newer.heard(), "1 from " + alice.user() + ": xxxxx");
}

TEST_F(Pumps, AReattachGoesOnWhereTheSocketWas) {
  bob.attach();
  send(1, 2);
  EXPECT_EQ(given(), Given(2, 2));
  story.edge(0, "edge2").hello();
  send(3, 3);
  bob.reattach(2);
  EXPECT_EQ(bob.heard(), "attached at 2, 3 from " + alice.user() + ": xxxxx");
}

struct ShortRetention : Pumps {
  ShortRetention() : Pumps({[](RouterConfig&) {}, 2}) {}
};

TEST_F(ShortRetention, TellsWhatWasTrimmedPastTheCursor) {
  Client& phone = story.edge(0, "edge2").client(bob.user(), "phone");
  phone.attach();
  send(1, 5);
  phone.heard();
  phone.received(5);
  story.settle();
  story.advance(wire::kCursorFlushUs);
  story.retain(1);
  bob.attach();
  EXPECT_EQ(bob.heard(), "attached at 0, trimmed to 4, 4 from " + alice.user() +
                             ": xxxxx, 5 from " + alice.user() + ": xxxxx");
}

}  // namespace
}  // namespace trunkline::routing
