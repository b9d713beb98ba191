// A real cluster of two ranks under power cuts: mpirun, hosted edges, WebSocket clients of both
// ranks that write to each other, until log, archive and copies have all been written. The clients
// keep the ledger of what was acknowledged to them, and when.
#include <gtest/gtest.h>

#include <filesystem>

#include <ctime>

#include "lab/client.h"
#include "tests/power/cuts.h"
#include "tests/power/interposing.h"
#include "tests/support/cluster_under_test.h"
#include "tests/support/test_client.h"

namespace trunkline::power {
namespace {

constexpr unsigned kRanks = 2;
constexpr unsigned kUsersOfARank = 4;
constexpr std::size_t kMessages = 12'000;  // and as many copies: more than two tails hold
constexpr std::size_t kUnanswered = 20;

std::uint64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec);
}

// Sends to everybody in turn as long as there are messages to send, and says what it has received.
class Writer {
 public:
  Writer(tests::Room& room, const std::string& url, const std::string& user,
         const std::vector<std::string>& others, std::size_t& to_send, std::vector<Acked>& acks)
      : user_(user),
        others_(others),
        to_send_(to_send),
        acks_(acks),
        client_(room.io(), {.url = url, .user = user, .password = user, .cursor = 0},
                {.on_frame = [this](const wire::FrameView& frame) { take(frame); }}) {
    client_.open();
  }
  bool welcomed() const { return client_.welcomed(); }
  void begin() {
    while (waiting_.size() < kUnanswered && to_send_ > 0) send();
  }
  std::size_t unanswered() const { return waiting_.size(); }
  std::size_t refused() const { return refused_; }

 private:
  void send() {
    --to_send_;
    const std::string id = user_ + "/" + std::to_string(++count_);
    Acked message{0, user_, others_[count_ % others_.size()], id,
                  id + std::string(1 + count_ * 37 % 700, 'b')};
    client_.send(lab::message_frame(id, message.to, message.body));
    waiting_.emplace(id, std::move(message));
  }
  void take(const wire::FrameView& frame) {
    if (const auto stored = wire::payload_of<wire::ClientStored>(frame)) {
      const auto message = waiting_.find(std::string(stored->id));
      if (message == waiting_.end()) return;
      message->second.time_ns = now_ns();
      acks_.push_back(std::move(message->second));
      waiting_.erase(message);
      begin();
    } else if (wire::payload_of<wire::ClientRefused>(frame)) {
      ++refused_;
    } else if (const auto deliver = wire::payload_of<wire::Deliver>(frame)) {
      client_.send(lab::encoded_frame(wire::ClientReceived{deliver->mseq}));
    }
  }

  const std::string user_;
  const std::vector<std::string>& others_;
  std::size_t& to_send_;
  std::vector<Acked>& acks_;
  std::map<std::string, Acked> waiting_;
  std::size_t count_ = 0, refused_ = 0;
  lab::Client client_;
};

class PowerCutOfACluster : public testing::Test {
 protected:
  // Starts a cluster, lets its users write to each other, and stops it.
  void run() {
    const std::string temporary = std::filesystem::temp_directory_path();
    setenv("TMPDIR", directory_.path().c_str(), 1);  // the cluster's directory is traced with it
    {
      std::optional<Tracing> tracing(std::in_place, directory_.path(), trace());
      tests::ClusterUnderTest cluster(
          {.ranks = kRanks, .placement = tests::Placement::fused, .profile = "lab"});
      tracing.reset();
      data_ = cluster.data_directory();
      write(cluster);
      tests::Room room;
      for (wire::RankId rank = 0; rank < kRanks; ++rank) {
        // The archive follows in a thread of its own.
        EXPECT_TRUE(room.wait_until(
            [&] { return cluster.rank_metric(rank, "trunkline_rank_store_archived_total") > 0; }));
        EXPECT_GT(cluster.rank_metric(rank, "trunkline_rank_copies_total"), 0);
      }
      EXPECT_TRUE(cluster.stop());
    }
    setenv("TMPDIR", temporary.c_str(), 1);
  }
  void write(tests::ClusterUnderTest& cluster) {
    std::vector<std::string> users;
    for (unsigned n = 0; n < kUsersOfARank * kRanks; ++n) {
      users.push_back(cluster.new_user_at_home("user" + std::to_string(n), n % kRanks));
    }
    tests::Room room;
    std::size_t to_send = kMessages;
    std::vector<std::unique_ptr<Writer>> writers;
    for (unsigned n = 0; n < users.size(); ++n) {
      // Half of them at the edge of the rank that is not their home.
      const std::string& url = cluster.urls()[n / kRanks % kRanks];
      writers.push_back(std::make_unique<Writer>(room, url, users[n], users, to_send, acks_));
    }
    const auto all = [&](auto holds) {
      return [&writers, holds] { return std::all_of(writers.begin(), writers.end(), holds); };
    };
    ASSERT_TRUE(room.wait_until(all([](const auto& writer) { return writer->welcomed(); })));
    for (const auto& writer : writers) writer->begin();
    ASSERT_TRUE(room.wait_until(all([](const auto& writer) { return writer->unanswered() == 0; }),
                                std::chrono::minutes(5)));
    EXPECT_EQ(acks_.size(), kMessages);
  }
  std::string trace() const { return traces_.path(); }

  const tests::TemporaryDirectory directory_, traces_;
  std::string data_;
  std::vector<Acked> acks_;
};

TEST_F(PowerCutOfACluster, LosesNothingAcked) {
  run();
  const std::vector<Entry> entries = read_traces(trace());
  const CutPlan plan{data_, kRanks, cuts_wanted(50), seed_wanted()};
  std::printf("seed %llu\n", static_cast<unsigned long long>(plan.seed));
  const CutReport report = cut_often(plan, entries, acks_);
  for (const std::string& wrong : report.wrong) ADD_FAILURE() << wrong;
  EXPECT_EQ(report.cuts, plan.cuts);
  EXPECT_GT(report.asked, 1'000 * plan.cuts);
  std::printf("%zu cuts of a trace of %zu entries, %zu acked messages looked for, %zu faults\n",
              report.cuts, entries.size(), report.asked, report.wrong.size());
}

}  // namespace
}  // namespace trunkline::power
