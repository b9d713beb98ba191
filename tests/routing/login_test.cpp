// Logins: protocol section 4, rules 10 to 12, and the stand-in of an unknown user.
#include <gtest/gtest.h>

#include "tests/routing/story.h"

namespace trunkline::routing {
namespace {

TEST(Login, GetsARisingSepochOfThisEpoch) {
  Story story(2);
  const wire::Bytes name = story.user_at(0);
  Client& desk = story.edge(1).client(name, "desk");
  Client& phone = story.edge(1).client(name, "phone");
  desk.attach();
  EXPECT_EQ(desk.heard(), "attached at 0");
  phone.attach();
  EXPECT_EQ(phone.heard(), "attached at 0");
  EXPECT_EQ(wire::epoch_of(desk.sepoch), 1u);
  EXPECT_GT(phone.sepoch, desk.sepoch);
}

// Rule 10.
TEST(Login, ReplacesTheOlderSessionOfTheDevice) {
  Story story(2);
  const wire::Bytes name = story.user_at(0);
  Client& older = story.edge(0).client(name, "desk");
  Client& newer = story.edge(1).client(name, "desk");
  older.attach();
  EXPECT_EQ(older.heard(), "attached at 0");
  newer.attach();
  EXPECT_EQ(newer.heard(), "attached at 0");
  EXPECT_EQ(older.heard(), "replaced");
  EXPECT_EQ(story.rank(0).router->inspect().registry.size(), 1u);
}

TEST(Login, LeavesOtherDevicesAlone) {
  Story story;
  const wire::Bytes name = story.user_at(0);
  Client& desk = story.edge(0).client(name, "desk");
  Client& phone = story.edge(0).client(name, "phone");
  desk.attach();
  desk.heard();
  phone.attach();
  EXPECT_EQ(phone.heard(), "attached at 0");
  EXPECT_EQ(desk.heard(), "");
}

// Rule 10a.
TEST(Login, WithAnOldPasswordIsRevoked) {
  Story story;
  const wire::Bytes name = story.user_at(0);
  Client& alice = story.edge(0).client(name, "desk");
  alice.auth_version = 2;
  alice.attach();
  EXPECT_EQ(alice.heard(), "revoked");
}

TEST(Login, OfADisabledUserIsRevoked) {
  Story story;
  const wire::Bytes name = story.user_at(0);
  EXPECT_EQ(story.admin(0, wire::AdminVerb::user_disable, name), "{}");
  Client& alice = story.edge(0).client(name, "desk");
  alice.attach();
  EXPECT_EQ(alice.heard(), "revoked");
}

TEST(Login, OfAnUnknownUserIsRevoked) {
  Story story;
  Client& nobody = story.edge(0).client("nobody", "desk");
  nobody.attach();
  EXPECT_EQ(nobody.heard(), "revoked");
}

// Rule 11.
TEST(Reattach, BelowARegisteredLoginIsReplaced) {
  Story story;
  const wire::Bytes name = story.user_at(0);
  Client& older = story.edge(0).client(name, "desk");
  older.attach();
  older.heard();
  Client& newer = story.edge(0).client(name, "desk");
  newer.attach();
  newer.heard();
  EXPECT_EQ(older.heard(), "replaced");
  older.reattach(0);
  EXPECT_EQ(older.heard(), "replaced");
  EXPECT_EQ(newer.heard(), "");
  EXPECT_EQ(story.rank(0).router->inspect().registry.at(0).sepoch, newer.sepoch);
}

TEST(Reattach, AboveARegisteredLoginReplacesIt) {
  Story story;
  const wire::Bytes name = story.user_at(0);
  Client& older = story.edge(0).client(name, "desk");
  older.attach();
  older.heard();
  Client& newer = story.edge(0).client(name, "desk");
  newer.attach();
  newer.heard();
  older.heard();
  newer.detach();
  older.reattach(0);
  EXPECT_EQ(older.heard(), "attached at 0");
  newer.reattach(0);
  EXPECT_EQ(newer.heard(), "attached at 0");
  EXPECT_EQ(older.heard(), "replaced");
}

// Rule 12.
TEST(Detach, RemovesExactlyItsOwnLogin) {
  Story story;
  const wire::Bytes name = story.user_at(0);
  Client& older = story.edge(0).client(name, "desk");
  older.attach();
  older.heard();
  Client& newer = story.edge(0).client(name, "desk");
  newer.attach();
  newer.heard();
  older.detach();
  story.settle();
  EXPECT_EQ(story.rank(0).router->inspect().registry.size(), 1u);
  newer.detach();
  story.settle();
  EXPECT_TRUE(story.rank(0).router->inspect().registry.empty());
}

TEST(Attach, BeyondTheEndIsABadCursor) {
  Story story;
  Client& alice = story.edge(0).client(story.user_at(0), "desk");
  alice.attach(1);
  EXPECT_EQ(alice.heard(), "attach refused bad_cursor");
  alice.attach(0);
  EXPECT_EQ(alice.heard(), "attached at 0");
}

TEST(Attach, WithAnotherMailboxBeginsAtZero) {
  Story story;
  Client& alice = story.edge(0).client(story.user_at(0), "desk");
  alice.attach(99, "another");
  EXPECT_EQ(alice.heard(), "attached at 0");
}

TEST(Attach, OfADeviceWithoutANameIsRefused) {
  Story story;
  Client& alice = story.edge(0).client(story.user_at(0), "");
  alice.attach();
  EXPECT_EQ(alice.heard(), "attach refused bad_request");
}

TEST(Attach, A33rdDeviceMakesTheOneLongestUnseenForgotten) {
  Story story;
  const wire::Bytes name = story.user_at(0);
  Client& sender = story.edge(0).client(story.user_at(0, 1), "desk");
  sender.attach();
  sender.send(name, "m1");
  EXPECT_EQ(sender.heard(), "attached at 0, stored 1, 1 from " + sender.user() + ": hello");
  for (int i = 0; i < 32; ++i) {
    Client& device = story.edge(0).client(name, "device" + std::to_string(i));
    device.attach();
    device.heard();
    device.received(1);
    device.detach();
    story.advance(10'000);
  }
  Client& one_more = story.edge(0).client(name, "device32");
  one_more.attach();
  EXPECT_EQ(one_more.heard(), "attached at 0, 1 from " + sender.user() + ": hello");
  Client& first = story.edge(0).client(name, "device0");
  first.attach();
  EXPECT_EQ(first.heard(), "attached at 0, 1 from " + sender.user() + ": hello")
      << "it was forgotten, and begins at 0";
  Client& last = story.edge(0).client(name, "device31");
  last.attach();
  EXPECT_EQ(last.heard(), "attached at 1");
}

TEST(Attach, With32DevicesInSessionIsThrottledUntilOneLeaves) {
  Story story;
  const wire::Bytes name = story.user_at(0);
  Client& first = story.edge(0).client(name, "device0");
  first.attach();
  for (int i = 1; i < 32; ++i) {
    story.edge(0).client(name, "device" + std::to_string(i)).attach();
  }
  Client& one_more = story.edge(0).client(name, "device32");
  one_more.attach();
  EXPECT_EQ(one_more.heard(), "attach refused throttled");
  EXPECT_EQ(story.counters(0).refused[static_cast<std::uint8_t>(wire::Code::throttled)], 1u);
  first.detach();
  one_more.attach();
  EXPECT_EQ(one_more.heard(), "attached at 0");
}

TEST(Verifier, OfAUserIsTheAccount) {
  Story story(2);
  Client& alice = story.edge(0).client(story.user_at(1), "desk");
  alice.verify(alice.user());
  EXPECT_EQ(alice.heard(), "verifier");
  EXPECT_EQ(alice.verifier().salt, "salt of a user");
  EXPECT_EQ(alice.verifier().stored_key, "stored key");
}

TEST(Verifier, OfAnUnknownUserIsTheSameStandInEveryTime) {
  Story story;
  Client& eve = story.edge(0).client("eve", "desk");
  eve.verify("nobody");
  EXPECT_EQ(eve.heard(), "verifier");
  const wire::Bytes salt(eve.verifier().salt);
  EXPECT_EQ(salt.size(), 16u);
  EXPECT_EQ(eve.verifier().stored_key.size(), 32u);
  EXPECT_EQ(eve.verifier().iterations, wire::kIterationsDemo);
  story.restart();
  story.edge(0).hello();
  eve.verify("nobody");
  eve.heard();
  EXPECT_EQ(eve.verifier().salt, salt);
  eve.verify("somebody");
  eve.heard();
  EXPECT_NE(eve.verifier().salt, salt);
}

// What asking for a verifier costs the home, as numbers that a clock would show.
struct Cost {
  std::uint64_t reads, records, frames, frame_bytes;
  bool operator==(const Cost&) const = default;
};

// Of a user who was never seen, is known, is online, is disabled, or does not exist; asked again.
TEST(Verifier, CostsTheSameWhoeverItIs) {
  Story story;
  const wire::Bytes online = story.user_at(0, 0), seen = story.user_at(0, 1),
                    unseen = story.user_at(0, 2), disabled = story.user_at(0, 3);
  story.edge(0).client(online, "desk").attach();
  Client& visitor = story.edge(0).client(seen, "desk");
  visitor.attach();
  visitor.heard();
  visitor.detach();
  story.admin(0, wire::AdminVerb::user_disable, disabled);
  story.settle();
  Client& eve = story.edge(0).client("eve", "desk");
  const auto cost_of = [&](const wire::Bytes& name) {
    const auto& store = story.rank(0).store->counters();
    const std::uint64_t reads = store.loads, records = store.records;
    const std::uint64_t frames = story.counters(0).port_frames_out;
    eve.verify(name);
    EXPECT_EQ(eve.heard(), "verifier");
    const wire::VerifierIs told = eve.verifier();
    return Cost{store.loads - reads, store.records - records,
                story.counters(0).port_frames_out - frames,
                told.salt.size() + told.stored_key.size() + told.server_key.size()};
  };
  const wire::Bytes keys_of_story_users =
      "salt of a user"
      "stored key"
      "server key";
  const Cost usual{1, 0, 1, keys_of_story_users.size()};
  for (int again = 0; again < 3; ++again) {
    for (const wire::Bytes& name : {online, seen, unseen, disabled}) {
      EXPECT_EQ(cost_of(name), usual) << name << again;
    }
    EXPECT_EQ(cost_of("nobody"), (Cost{1, 0, 1, 16 + 32 + 32})) << again;
  }
  EXPECT_EQ(story.counters(0).mailboxes, 3u) << "a guess keeps nothing in memory";
}

}  // namespace
}  // namespace trunkline::routing
