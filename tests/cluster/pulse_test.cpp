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

// Edges without a rank, over TLS and without; asked more often than a supervisor would.
class PulseTest : public testing::TestWithParam<bool> {
 protected:
  static PulseConfig config_of(std::uint16_t port) {
    PulseConfig config =
        edge_pulse((GetParam() ? "wss://127.0.0.1:" : "ws://127.0.0.1:") + std::to_string(port));
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

  tests::EdgeProcess edge_{tests::EdgeKind::no_rank, GetParam()};
};

TEST_P(PulseTest, AnEdgeThatHangsIsFoundOutAndOneThatAnswersIsNot) {
  Pulse pulse(config_of(edge_.port()));
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
  const std::uint16_t port = edge_.port();
  EXPECT_TRUE(edge_.stop());
  Pulse pulse(config_of(port));
  EXPECT_TRUE(beats_until(pulse, Clock::now() + 1500ms));
}

INSTANTIATE_TEST_SUITE_P(Doors, PulseTest, testing::Bool(), [](const auto& info) {
  return std::string(info.param ? "Tls" : "Plain");
});

}  // namespace
}  // namespace trunkline::cluster
