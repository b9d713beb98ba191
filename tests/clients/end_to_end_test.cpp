// Real clusters of 1, 2, 4 and 8 ranks in every placement: the same stories, with clients on every
// pair of edges.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/support/cluster_under_test.h"
#include "tests/support/test_client.h"

namespace trunkline::tests {
namespace {

struct Shape {
  unsigned ranks;
  Placement placement;
};

class EndToEndTest : public testing::TestWithParam<Shape> {
 protected:
  EndToEndTest()
      : cluster({.ranks = GetParam().ranks, .placement = GetParam().placement, .profile = "lab"}) {}

  // One client on each edge, of both protocols in turn.
  void SetUp() override {
    for (unsigned edge = 0; edge < cluster.urls().size(); ++edge) {
      users.push_back(cluster.new_user("user"));
      clients.push_back(std::make_unique<TestClient>(
          room, cluster.urls()[edge], edge % 2 == 0 ? lab::Protocol::bin : lab::Protocol::json));
      const Welcomed welcome = clients[edge]->login(users[edge], "phone");
      EXPECT_EQ(welcome.rank, cluster.rank_of_edge(edge));
    }
  }
  std::size_t edges() const { return clients.size(); }
  TestClient& client(std::size_t edge) { return *clients[edge]; }

  void send_stored_between_all_pairs();
  void send_direct_between_all_pairs();
  void resend_from_another_edge();
  void leave_messages_for_who_is_away();
  void look_at_metrics();

  ClusterUnderTest cluster;
  Room room;
  std::vector<std::string> users;
  std::vector<std::unique_ptr<TestClient>> clients;
};

std::string body_of(std::size_t from, std::size_t to, int number) {
  return std::to_string(from) + " to " + std::to_string(to) + ", number " + std::to_string(number);
}

// Everyone to everyone, oneself too; each mailbox is one stream, in which each sender's messages
// keep their order.
void EndToEndTest::send_stored_between_all_pairs() {
  constexpr int kNumbers = 5;
  for (int number = 0; number < kNumbers; ++number) {
    for (std::size_t from = 0; from < edges(); ++from) {
      for (std::size_t to = 0; to < edges(); ++to) {
        client(from).send(users[to], body_of(from, to, number));
      }
    }
  }
  for (std::size_t to = 0; to < edges(); ++to) {
    std::map<std::string, int> next;  // of each sender
    const std::size_t own_copies = edges() - 1;
    for (std::size_t i = 1; i <= kNumbers * (edges() + own_copies); ++i) {
      const Shown shown = client(to).next_message();
      ASSERT_EQ(shown.mseq, i);
      if (shown.to != users[to]) continue;
      const auto from = std::find(users.begin(), users.end(), shown.from) - users.begin();
      EXPECT_EQ(shown.body, body_of(static_cast<std::size_t>(from), to, next[shown.from]++));
    }
    EXPECT_EQ(next.size(), edges());
    for (std::size_t i = 0; i < kNumbers * edges(); ++i) client(to).next_stored();
    client(to).expect_nothing_more();
  }
}

void EndToEndTest::send_direct_between_all_pairs() {
  for (int number = 0; number < 3; ++number) {  // by home, then by hints
    for (std::size_t from = 0; from < edges(); ++from) {
      for (std::size_t to = 0; to < edges(); ++to) {
        client(from).send_direct(users[to], body_of(from, to, number));
      }
    }
    for (std::size_t to = 0; to < edges(); ++to) {
      std::set<std::string> bodies;
      while (bodies.size() < edges()) {
        const Shown shown = client(to).next_message();
        EXPECT_EQ(shown.message_class, wire::MessageClass::direct);
        EXPECT_TRUE(bodies.insert(shown.body).second) << shown.body << " came twice";
      }
    }
  }
}

void EndToEndTest::resend_from_another_edge() {
  const std::string mover = cluster.new_user("mover"), reader = cluster.new_user("reader");
  TestClient last(room, cluster.urls().back(), lab::Protocol::json);
  last.login(reader, "phone");
  for (std::size_t edge = 0; edge < edges(); ++edge) {
    TestClient moving(room, cluster.urls()[edge], lab::Protocol::bin);
    moving.login(mover, "phone");
    // What the last edge took is sent again, then something new.
    for (std::size_t i = 0; i <= edge; ++i) {
      const std::string id = "m" + std::to_string(i);
      moving.send_as(id, reader, id);
      moving.expect_stored(id);
    }
  }
  for (std::size_t i = 0; i < edges(); ++i) {
    EXPECT_EQ(last.expect_message(mover, "m" + std::to_string(i)).mseq, i + 1);
  }
  last.expect_nothing_more();
}

void EndToEndTest::leave_messages_for_who_is_away() {
  const std::string away = cluster.new_user("away");
  for (std::size_t from = 0; from < edges(); ++from) {
    client(from).send_and_see(away, "from " + users[from]);
  }
  for (const lab::Protocol protocol : {lab::Protocol::bin, lab::Protocol::json}) {
    TestClient back(room, cluster.urls().back(), protocol);
    back.login(away, "phone", {.cursor = 0});
    for (const std::string& user : users) back.expect_message(user, "from " + user);
    EXPECT_EQ(back.history().messages.size(), edges());
  }
}

void EndToEndTest::look_at_metrics() {
  for (wire::RankId rank = 0; rank < cluster.options().ranks; ++rank) {
    EXPECT_GT(cluster.rank_metric(rank, "trunkline_rank_port_frames_in_total"), 0);
    const double sent = cluster.rank_metric(rank, "trunkline_rank_link_frames_out_total");
    const double taken = cluster.rank_metric(rank, "trunkline_rank_link_frames_in_total");
    if (cluster.options().ranks == 1) {
      EXPECT_EQ(sent + taken, 0);
    } else {
      EXPECT_GT(sent, 0);
      EXPECT_GT(taken, 0);
    }
    EXPECT_EQ(cluster.rank_metric(rank, "trunkline_rank_bad_frames_total"), 0);
    EXPECT_EQ(cluster.rank_metric(rank, "trunkline_rank_ports_broken_total"), 0);
    EXPECT_EQ(cluster.rank_metric(rank, "trunkline_rank_misdirected_total"), 0);
  }
}

TEST_P(EndToEndTest, EveryStoryHoldsBetweenEveryPairOfEdges) {
  send_stored_between_all_pairs();
  send_direct_between_all_pairs();
  resend_from_another_edge();
  leave_messages_for_who_is_away();
  look_at_metrics();
  clients.clear();  // a drain waits for clients that do not answer
  EXPECT_TRUE(cluster.stop()) << cluster.logs();
}

std::string name_of_shape(const testing::TestParamInfo<Shape>& info) {
  return std::string(to_string(info.param.placement)) + std::to_string(info.param.ranks);
}
constexpr Shape kShapes[] = {
    {1, Placement::fused},   {2, Placement::fused},   {4, Placement::fused},
    {8, Placement::fused},   {1, Placement::inside},  {2, Placement::inside},
    {4, Placement::inside},  {8, Placement::inside},  {1, Placement::process},
    {2, Placement::process}, {4, Placement::process}, {8, Placement::process},
    {1, Placement::host},    {2, Placement::host},    {4, Placement::host},
    {8, Placement::host}};
INSTANTIATE_TEST_SUITE_P(, EndToEndTest, testing::ValuesIn(kShapes), name_of_shape);

}  // namespace
}  // namespace trunkline::tests
