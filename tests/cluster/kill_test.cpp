// kill -9 of an edge, a rank and mpirun under load. Each client writes what it does to a ledger
// before it does it; the verdict is read from these alone. TRUNKLINE_KILL_ROUNDS: how often each
// (1).
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>

#include <functional>

#include "tests/cluster/enduring_client.h"
#include "tests/cluster/supervised_cluster.h"

namespace trunkline::tests {
namespace {

using namespace std::chrono_literals;

constexpr unsigned kPairs = 20;
constexpr unsigned kEdges = 3;
constexpr std::chrono::milliseconds kSendEvery{4};  // 250 messages a second over all pairs
constexpr std::size_t kStoredBetweenKills = 500;
constexpr std::chrono::seconds kStepMax{60};

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (unsigned pair = 0; pair < kPairs; ++pair) {
    all.push_back("a" + std::to_string(pair));
    all.push_back("b" + std::to_string(pair));
  }
  return all;
}

class KillTest : public testing::Test {
 protected:
  KillTest()
      : cluster_({.ranks = 2, .edges = std::to_string(kEdges), .accounts = names(), .more = {}}) {
    for (unsigned pair = 0; pair < kPairs; ++pair) {
      senders_.push_back(client("a" + std::to_string(pair), pair % kEdges));
      receivers_.push_back(client("b" + std::to_string(pair), (pair + 1) % kEdges));
    }
  }

  std::string ledger_of(const std::string& user) const {
    return cluster_.directory() + "/" + user + ".ledger";
  }

  std::unique_ptr<EnduringClient> client(const std::string& user, unsigned edge) {
    lab::ClientConfig config;
    config.url = cluster_.urls().at(edge);
    config.user = config.password = user;
    config.device = "phone";
    auto made = std::make_unique<EnduringClient>(io_, config, ledger_of(user));
    made->open();
    return made;
  }

  // Runs the clients until the condition holds; false after kStepMax.
  bool run_until(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + kStepMax;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      io_.run_one_for(20ms);
      if (io_.stopped()) io_.restart();
    }
    return true;
  }

  void send_every() {
    pace_.expires_after(kSendEvery);
    pace_.async_wait([this](auto error) {
      if (error) return;
      EnduringClient& sender = *senders_[next_];
      if (sender.unanswered() < 200) sender.send("b" + std::to_string(next_), "hello");
      next_ = (next_ + 1) % kPairs;
      send_every();
    });
  }

  std::size_t stored() const {
    std::size_t sum = 0;
    for (const auto& sender : senders_) sum += sender->stored();
    return sum;
  }
  std::size_t refused() const {
    std::size_t sum = 0;
    for (const auto& sender : senders_) sum += sender->refused();
    return sum;
  }
  // How many sockets to this edge were lost up to now.
  std::size_t breaks_at(unsigned edge) const {
    std::size_t sum = 0;
    for (const auto* side : {&senders_, &receivers_}) {
      for (const auto& client : *side) {
        if (client->config().url == cluster_.urls()[edge]) sum += client->breaks();
      }
    }
    return sum;
  }
  std::vector<std::size_t> breaks() const {
    std::vector<std::size_t> all;
    for (unsigned edge = 0; edge < kEdges; ++edge) all.push_back(breaks_at(edge));
    return all;
  }

  // Every pair has a message stored that was sent after this call.
  bool all_pairs_go_on() {
    std::vector<std::size_t> wanted;
    for (const auto& sender : senders_)
      wanted.push_back(sender->stored() + sender->unanswered() + 1);
    const std::size_t total = stored() + kStoredBetweenKills;
    return run_until([&] {
      if (stored() < total) return false;
      for (unsigned pair = 0; pair < kPairs; ++pair) {
        if (senders_[pair]->stored() < wanted[pair]) return false;
      }
      return true;
    });
  }

  boost::asio::io_context io_;
  SupervisedCluster cluster_;
  std::vector<std::unique_ptr<EnduringClient>> senders_, receivers_;
  boost::asio::steady_timer pace_{io_};
  unsigned next_ = 0;
};

TEST_F(KillTest, NothingAckedIsLostWhoeverIsKilled) {
  const auto all_welcomed = [&] {
    for (const auto* side : {&senders_, &receivers_}) {
      for (const auto& client : *side) {
        if (!client->welcomed()) return false;
      }
    }
    return true;
  };
  ASSERT_TRUE(run_until(all_welcomed));
  send_every();
  ASSERT_TRUE(all_pairs_go_on());
  const char* wanted = ::getenv("TRUNKLINE_KILL_ROUNDS");
  const int rounds = wanted == nullptr ? 1 : std::max(1, std::atoi(wanted));
  for (int round = 0; round < rounds; ++round) {
    const unsigned edge = static_cast<unsigned>(round) % kEdges;
    auto before = breaks();
    ASSERT_EQ(::kill(cluster_.edge_pid(edge), SIGKILL), 0);
    ASSERT_TRUE(all_pairs_go_on()) << "after the death of an edge";
    for (unsigned other = 0; other < kEdges; ++other) {
      if (other == edge) continue;
      EXPECT_EQ(breaks_at(other), before[other]) << "edge " << other + 1;
    }
    before = breaks();
    ASSERT_EQ(::kill(cluster_.rank_pid(static_cast<unsigned>(round) % 2), SIGKILL), 0);
    ASSERT_TRUE(all_pairs_go_on()) << "after the death of a rank";
    EXPECT_EQ(breaks(), before) << "a rank's death disconnects no client";
    ASSERT_EQ(::kill(cluster_.mpirun_pid(), SIGKILL), 0);
    ASSERT_TRUE(all_pairs_go_on()) << "after the death of mpirun";
    EXPECT_EQ(breaks(), before) << "mpirun's death disconnects no client";
  }
  pace_.cancel();
  const auto all_shown = [&] {
    for (unsigned pair = 0; pair < kPairs; ++pair) {
      if (senders_[pair]->unanswered() != 0) return false;
      if (receivers_[pair]->cursor() < senders_[pair]->stored()) return false;
    }
    return true;
  };
  EXPECT_TRUE(run_until(all_shown));
  for (auto* side : {&senders_, &receivers_}) {
    for (auto& client : *side) client->leave();
  }
  std::size_t total = 0;
  for (unsigned pair = 0; pair < kPairs; ++pair) {
    const std::string sender = "a" + std::to_string(pair);
    const Verdict verdict = judge(ledger_of(sender), ledger_of("b" + std::to_string(pair)), sender);
    total += verdict.stored;
    EXPECT_EQ(verdict.acked_lost, 0u) << sender;
    EXPECT_EQ(verdict.shown_twice, 0u) << sender;
    EXPECT_EQ(verdict.out_of_order, 0u) << sender;
    EXPECT_EQ(verdict.holes, 0u) << sender;
    EXPECT_EQ(verdict.never_sent, 0u) << sender;
    EXPECT_EQ(verdict.unanswered, 0u) << sender;
  }
  EXPECT_EQ(refused(), 0u);
  std::printf("%zu messages stored, %d kills of each kind\n", total, rounds);
  EXPECT_EQ(cluster_.stop(), 0);
  EXPECT_TRUE(cluster_.left().empty());
}

}  // namespace
}  // namespace trunkline::tests
