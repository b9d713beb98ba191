// What one client can do to the others: nothing. Offenders on real clusters, in counts: what the
// edge holds for them, when they are closed and what counts it, and that the others lose nothing.
// What they do to the others' latency is for bench/neighbours.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "lab/url.h"
#include "tests/neighbours/crowd.h"
#include "tests/neighbours/pairs.h"
#include "wire/limits.h"

namespace trunkline::tests {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto kUpgrade = 5s;    // EdgeTimes::upgrade_us
constexpr auto kPatience = 40s;  // for what takes 5 to 10 s on a quiet machine
constexpr std::size_t kMiB = 1024 * 1024;

std::size_t rss_of(pid_t pid) {
  std::size_t size = 0, resident = 0;
  std::ifstream("/proc/" + std::to_string(pid) + "/statm") >> size >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

class Neighbours : public testing::Test {
 protected:
  void start(ClusterUnderTest::Options options, unsigned pairs) {
    ASSERT_TRUE(raise_descriptors(4'000)) << "ulimit -n: this test needs 4,000 descriptors";
    cluster_ = std::make_unique<ClusterUnderTest>(std::move(options));
    others_ = std::make_unique<Pairs>(*cluster_, room_, pairs);
    others_->begin();
    room_.wait_until([this] { return others_->shown() > 0; });
  }
  void TearDown() override {
    if (others_ == nullptr) return;
    EXPECT_TRUE(others_->finish()) << others_->trouble();
    EXPECT_EQ(others_->stored(), others_->sent());
    EXPECT_EQ(others_->shown(), others_->sent());
    EXPECT_GT(others_->sent(), 0U);
    others_.reset();
    EXPECT_TRUE(cluster_->stop()) << cluster_->logs();
  }

  std::uint16_t port_of(unsigned edge) const {
    return static_cast<std::uint16_t>(std::stoul(lab::parse_url(cluster_->urls().at(edge)).port));
  }
  double counted(unsigned edge, const std::string& name) const {
    return cluster_->edge_metric(edge, "trunkline_edge_" + name);
  }
  // Serves everybody until that counter has reached a value. Asks now and then only.
  bool counts(unsigned edge, const std::string& name, double value) {
    const auto until = Clock::now() + kPatience;
    while (counted(edge, name) < value && Clock::now() < until) {
      room_.wait_until([] { return false; }, 200ms);
    }
    return counted(edge, name) >= value;
  }
  // Somebody new comes, says something and goes.
  void expect_newcomer_is_served(unsigned edge) {
    TestClient newcomer(room_, cluster_->urls().at(edge), lab::Protocol::json);
    const std::string name = cluster_->new_user("newcomer");
    newcomer.login(name, "phone");
    newcomer.send_and_see(name, "served");
  }

  Room room_;
  std::unique_ptr<ClusterUnderTest> cluster_;
  std::unique_ptr<Pairs> others_;
};

// Under TLS, without rates: a reader that stalls while 12 MB come for it, and handshakes that are
// never finished.
TEST_F(Neighbours, OfAStalledReaderAndOfHalfHandshakes) {
  start({.ranks = 2, .profile = "lab", .tls = true}, 10);
  const std::string stalled_name = cluster_->new_user("stalled"),
                    writer_name = cluster_->new_user("writer");
  TestClient stalled(room_, cluster_->urls().at(0), lab::Protocol::bin);
  TestClient writer(room_, cluster_->urls().at(1), lab::Protocol::bin);
  stalled.login(stalled_name, "phone");
  writer.login(writer_name, "phone");
  const std::size_t rss = rss_of(cluster_->edge_pid(0));
  const double cut = counted(0, "slow_consumers_total");

  stalled.read(false);
  const auto stalled_at = Clock::now();
  constexpr unsigned kHandshakes = 300;
  const Crowd silent(room_.io(), port_of(0), kHandshakes / 2, {});
  const Crowd half(room_.io(), port_of(0), kHandshakes / 2, {half_a_client_hello(), 100ms});
  const std::string body(60'000, 'x');
  constexpr unsigned kMessages = 200;
  for (unsigned i = 0; i < kMessages; ++i) writer.send(stalled_name, body);
  for (unsigned i = 0; i < kMessages; ++i) writer.next_stored();  // nobody waits for the reader
  expect_newcomer_is_served(0);

  // The handshakes: cut when their time is over, not before, and counted.
  const auto all_closed = [&] {
    return silent.closed() == kHandshakes / 2 && half.closed() == kHandshakes / 2;
  };
  EXPECT_TRUE(room_.wait_until(all_closed, kPatience)) << silent.closed() << " " << half.closed();
  EXPECT_GE(silent.shortest_life(0ms), kUpgrade);
  EXPECT_GE(half.shortest_life(0ms), kUpgrade);
  EXPECT_GE(counted(0, "requests_late_total"), kHandshakes);

  // The reader: cut after 10 s in which its socket took nothing. What came for it waits.
  EXPECT_TRUE(counts(0, "slow_consumers_total", cut + 1));
  EXPECT_GE(Clock::now() - stalled_at, std::chrono::microseconds(wire::kSlowConsumerUs));
  EXPECT_LT(rss_of(cluster_->edge_pid(0)), rss + 32 * kMiB)
      << "its share is a window of 64 KiB, and some of each handshake";
  stalled.read(true);
  const lab::Closed closed = stalled.expect_closed();
  EXPECT_TRUE(closed.code == 4008 || closed.code == 1006) << closed.code;
  TestClient again(room_, cluster_->urls().at(1), lab::Protocol::bin);
  again.login(stalled_name, "phone", {.cursor = 0});
  for (wire::Mseq i = 1; i <= kMessages; ++i) {
    ASSERT_EQ(again.next_message().mseq, i) << "nothing of it is lost";
  }
}

// With all limits on: one that sends as fast as its socket takes it, one that opens 2,000
// connections at a door for 600, and requests that come a byte at a time.
TEST_F(Neighbours, OfAGreedySenderAndOfAFloodOfConnections) {
  constexpr unsigned kRoom = 600, kFlood = 2'000, kSlow = 50;
  start({.ranks = 2, .edge_options = {"--connections", std::to_string(kRoom)}}, 10);
  const std::string greedy_name = cluster_->new_user("greedy"),
                    bystander = cluster_->new_user("bystander");
  TestClient greedy(room_, cluster_->urls().at(0), lab::Protocol::bin);
  greedy.login(greedy_name, "phone");
  const std::size_t rss = rss_of(cluster_->edge_pid(0));
  const double paused = counted(0, "paused_total");

  const auto greedy_at = Clock::now();
  const std::string body(1'000, 'x');
  constexpr unsigned kGreed = 20'000;
  for (unsigned i = 0; i < kGreed; ++i) greedy.send(bystander, body);
  greedy.client().flush();
  const Crowd slow(room_.io(), port_of(0), kSlow, {slow_request(), 1s});
  room_.wait_until([&] { return slow.connected() == kSlow; });
  const Crowd flood(room_.io(), port_of(0), kFlood, {});

  // Too many are turned away at once; the others, and slow ones, when their time is over.
  const auto all_closed = [&] { return flood.closed() == kFlood && slow.closed() == kSlow; };
  EXPECT_TRUE(room_.wait_until(all_closed, kPatience)) << flood.closed() << " " << slow.closed();
  EXPECT_GE(counted(0, "turned_away_total"), kFlood - 2 * kRoom) << "places get free after 5 s";
  EXPECT_GE(slow.shortest_life(0ms), kUpgrade);
  EXPECT_GE(counted(0, "requests_late_total"), kSlow);
  EXPECT_LE(counted(0, "connections"), 10 + 2) << "who is logged in, and who asks";
  expect_newcomer_is_served(0);

  // The greedy one is read more slowly, not closed: what it has had stored is what it may send.
  EXPECT_GT(counted(0, "paused_total"), paused);
  const std::size_t told = greedy.stored().size();
  const double seconds = std::chrono::duration<double>(Clock::now() - greedy_at).count();
  EXPECT_GT(told, 0U);
  EXPECT_LE(static_cast<double>(told), 100 + 20 * (seconds + 1));
  EXPECT_TRUE(greedy.is_open());
  EXPECT_TRUE(greedy.refusals().empty());
  EXPECT_LT(rss_of(cluster_->edge_pid(0)), rss + 32 * kMiB) << "20 MB of it wait in its own memory";
  greedy.cut();
}

}  // namespace
}  // namespace trunkline::tests
