// Disks below real ranks under load: one on which each sync takes 2 s, one that is so slow that the
// archive takes nothing, one whose sync fails.
#include <algorithm>
#include <filesystem>
#include <map>
#include <numeric>
#include <optional>

#include "tests/full/sender.h"
#include "tests/power/interposing.h"
#include "tests/support/cluster_under_test.h"

namespace trunkline::tests {
namespace {

using wire::Code;
using namespace std::chrono_literals;

constexpr std::size_t kSenders = 8;

class BadDisk : public testing::Test {
 protected:
  void start(const std::vector<std::string>& rank_options = {}) {
    cluster_.emplace(
        ClusterUnderTest::Options{.ranks = 2, .profile = "lab", .rank_options = rank_options});
    a_ = cluster_->new_user_at_home("a", 1);
    b_ = cluster_->new_user_at_home("b", 0);
  }
  TestClient& client(const std::string& user, unsigned edge, const std::string& device) {
    clients_.push_back(
        std::make_unique<TestClient>(room_, cluster_->urls().at(edge), lab::Protocol::bin));
    clients_.back()->login(user, device, {.cursor = 0});
    return *clients_.back();
  }
  double breaks() {
    double sum = 0;
    for (unsigned at = 0; at < 2; ++at) {
      sum +=
          cluster_->rank_metric(static_cast<wire::RankId>(at), "trunkline_rank_ports_broken_total");
      sum += cluster_->edge_metric(at, "trunkline_edge_port_breaks_total");
    }
    return sum;
  }
  void expect_shed_load(const char* order, std::size_t each, const char* name);

  const TemporaryDirectory directory_;
  const power::Faults faults_{std::filesystem::temp_directory_path().string(),
                              directory_.path() + "/orders"};
  std::optional<ClusterUnderTest> cluster_;
  std::string a_, b_;
  Room room_;
  std::vector<std::unique_ptr<TestClient>> clients_;
};

// Each of the senders' devices sends `each` messages of 60 KB at once while commits wait as `order`
// says: what has waited for 5 s is refused with `busy` (rule 7a), nobody else waits, and then all
// is well again. One session alone could not: 256 KiB of it are on the way at most.
void BadDisk::expect_shed_load(const char* order, std::size_t each, const char* name) {
  std::vector<TestClient*> senders;
  for (std::size_t at = 0; at < kSenders; ++at) {
    senders.push_back(&client(a_, 0, "device" + std::to_string(at)));
  }
  TestClient& bob = client(b_, 1, "phone");
  const double broken_before = breaks();
  faults_.order(order);
  const std::string body(60'000, 'x');
  for (std::size_t at = 0; at < kSenders; ++at) {
    for (std::size_t number = 0; number < each; ++number) {
      senders[at]->send_as(std::to_string(at) + "." + std::to_string(number), b_, body);
    }
  }
  const auto sum_of = [&](auto&& of) {
    return std::accumulate(
        senders.begin(), senders.end(), std::size_t{0},
        [&](std::size_t sum, const TestClient* sender) { return sum + of(*sender).size(); });
  };
  const auto stored = [&] { return sum_of([](const auto& c) -> auto& { return c.stored(); }); };
  const auto busy = [&] { return sum_of([](const auto& c) -> auto& { return c.refusals(); }); };
  EXPECT_TRUE(room_.wait_until([&] { return busy() > 5; }, 60s)) << stored() << " stored";
  client(b_, 0, "desk").round_trip();  // a login and a word: nobody else waits for the disk
  faults_.order("");
  const std::size_t sent = kSenders * each;
  EXPECT_TRUE(room_.wait_until([&] { return stored() + busy() == sent; }, 60s)) << stored();
  std::printf("%s: %zu of %zu stored, %zu busy\n", name, stored(), sent, busy());
  std::map<std::string, std::vector<std::string>> shown, acked;  // by the sending device
  const auto device_of = [](const std::string& id) { return id.substr(0, id.find('.')); };
  for (std::size_t left = stored(); left > 0; --left) {
    const std::string id = bob.next_message().id;
    shown[device_of(id)].push_back(id);
  }
  for (TestClient* sender : senders) {
    for (const RefusedWith& refused : sender->refusals()) EXPECT_EQ(refused.code, Code::busy);
    for (const Answered& answer : sender->stored()) {
      acked[device_of(answer.id)].push_back(answer.id);
    }
    while (!sender->stored().empty()) sender->next_stored();
    while (!sender->refusals().empty()) sender->next_refused();
  }
  EXPECT_EQ(shown, acked) << "in order, each once";
  EXPECT_FALSE(acked.empty());
  Sender sender(room_, *senders[0], b_, 100);
  for (unsigned number = 1; number <= 20; ++number) {
    EXPECT_EQ(sender.send(number), Code::ok);
    EXPECT_EQ(bob.next_message().id, "n" + std::to_string(number));
  }
  bob.expect_nothing_more();
  EXPECT_EQ(breaks(), broken_before) << "no port";
  EXPECT_TRUE(cluster_->stop());
}

TEST_F(BadDisk, ASlowOneShedsLoadBreaksNoPortAndRecovers) {
  start();
  expect_shed_load("slow:sync:2000:log.mdb", 10, "slow disk");
}

// What waits for the archive waits in memory, up to a bound; then commits wait for it.
TEST_F(BadDisk, AnArchiveThatTakesNothingHoldsNoMoreMemoryThanItsBound) {
  start({"--unarchived-bytes-max", std::to_string(12 << 20)});
  expect_shed_load("slow:sync:8000:archive.mdb", 40, "memory bound");
}

// A sync that fails and one that says the disk is full: the next commit would succeed and prove
// nothing, so the rank is gone before it.
TEST_F(BadDisk, AFailedSyncEndsTheRankBeforeAnAck) {
  start();
  constexpr std::size_t kMessages = 60;
  std::vector<std::string> acked;
  constexpr const char* kOrders[] = {"fail:sync:5:log.mdb", "fail:sync:28:log.mdb"};
  for (const char* order : kOrders) {
    TestClient& alice = client(a_, 0, "phone");
    const std::string life = std::string(order) + "/";
    for (std::size_t number = 1; number <= kMessages; ++number) {
      if (number == kMessages / 2) {
        EXPECT_TRUE(room_.wait_until([&] { return alice.stored().size() + 1 == number; }));
        faults_.order(order);
      }
      alice.send_as(life + std::to_string(number), b_, life);
    }
    EXPECT_TRUE(cluster_->job_ended()) << order;
    EXPECT_NE(cluster_->logs().find("STORE-FAILED committing"), std::string::npos)
        << cluster_->logs();
    room_.wait_until([] { return false; }, 200ms);  // what was said before it ended
    for (const Answered& stored : alice.stored()) acked.push_back(stored.id);
    clients_.clear();
    cluster_->start_job();
    cluster_->wait_until_healthy();
  }
  EXPECT_GE(acked.size(), std::size(kOrders) * (kMessages / 2 - 1));
  TestClient& bob = client(b_, 1, "phone");
  std::vector<std::string> shown;
  EXPECT_TRUE(room_.wait_until([&] {
    while (!bob.messages().empty()) shown.push_back(bob.next_message().id);
    return shown.size() >= acked.size();
  }));
  bob.round_trip();
  while (!bob.messages().empty()) shown.push_back(bob.next_message().id);
  for (const std::string& id : acked) {
    EXPECT_EQ(std::count(shown.begin(), shown.end(), id), 1) << id;
  }
  std::printf("failed syncs: %zu acked, %zu found\n", acked.size(), shown.size());
  EXPECT_TRUE(cluster_->stop());
}

}  // namespace
}  // namespace trunkline::tests
