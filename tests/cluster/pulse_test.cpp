#include "cluster/pulse.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>

#include <string>

#include "tests/door/edge_process.h"

namespace trunkline::cluster {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

enum class Door { plain, tls, path };

// Edges without a rank, behind each kind of door; asked more often than a supervisor would.
class PulseTest : public testing::TestWithParam<Door> {
 protected:
  PulseConfig config() const {
    PulseConfig config = edge_pulse(edge_.url());
    config.ask_every = 20ms;
    config.silence_max = 1s;
    return config;
  }
  // Looks as a supervisor does, for as long as it beats, until `end`.
  static bool beats_until(Pulse& pulse, Clock::time_point end) {
    while (pulse.beats()) {
      if (Clock::now() >= end) return true;
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(pulse.next() - Clock::now());
      ::poll(nullptr, 0, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    }
    return false;
  }

  tests::TemporaryDirectory directory_;
  tests::EdgeProcess edge_{
      tests::EdgeKind::no_rank, GetParam() == Door::tls,
      GetParam() == Door::path
          ? std::vector<std::string>{"--listen", "unix:" + directory_.path() + "/edge.sock"}
          : std::vector<std::string>{}};
};

TEST_P(PulseTest, AnEdgeThatHangsIsFoundOutAndOneThatAnswersIsNot) {
  Pulse pulse(config());
  EXPECT_TRUE(beats_until(pulse, Clock::now() + 2s)) << "it answers, whatever it says";
  ::kill(edge_.pid(), SIGSTOP);
  const auto begin = Clock::now();
  EXPECT_FALSE(beats_until(pulse, begin + 30s));
  EXPECT_GE(Clock::now() - begin, 900ms) << "too early: it was asked before, and had its time";
  ::kill(edge_.pid(), SIGCONT);
  while (!pulse.beats() && Clock::now() < begin + 30s) ::poll(nullptr, 0, 10);
  EXPECT_TRUE(beats_until(pulse, Clock::now() + 1s)) << "it has come back";
}

TEST_P(PulseTest, WhereNobodyListensItIsNotForThePulseToTell) {
  EXPECT_TRUE(edge_.stop());
  Pulse pulse(config());
  EXPECT_TRUE(beats_until(pulse, Clock::now() + 1500ms));
}

INSTANTIATE_TEST_SUITE_P(Doors, PulseTest, testing::Values(Door::plain, Door::tls, Door::path),
                         [](const auto& info) {
                           switch (info.param) {
                             case Door::plain:
                               return "Plain";
                             case Door::tls:
                               return "Tls";
                             case Door::path:
                               return "Unix";
                           }
                           return "";
                         });

}  // namespace
}  // namespace trunkline::cluster
