// The live page of an edge of a real cluster, by its bytes: who gets it, what it says, and that
// nothing moves when nobody looks.
#include <boost/json.hpp>

#include "edge/page.h"
#include "lab/http_get.h"
#include "tests/clients/protocol_test.h"
#include "tests/door/edge_process.h"
#include "tests/support/metrics.h"

namespace trunkline::tests {
namespace {

namespace json = boost::json;

std::string header(const lab::HttpReply& reply, const std::string& name) {
  for (const auto& [key, value] : reply.headers) {
    if (key == name) return value;
  }
  return {};
}

lab::HttpReply get(const std::string& path,
                   const std::vector<std::pair<std::string, std::string>>& headers = {}) {
  return lab::http_get(chat_cluster().urls().front(), path, headers);
}

double counter(const char* name) {
  double sum = 0;
  for (const std::string& url : chat_cluster().urls()) sum += metric_at(url, name);
  return sum;
}

TEST(LivePage, IsThereWithAllItsParts) {
  for (const edge::PagePart& part : edge::page_parts()) {
    const auto reply = get(std::string(part.path));
    EXPECT_EQ(reply.status, 200U) << part.path;
    EXPECT_EQ(reply.body, part.body) << part.path;
    EXPECT_EQ(header(reply, "content-type"), std::string(part.type) + "; charset=utf-8");
    EXPECT_EQ(header(reply, "x-content-type-options"), "nosniff");
    EXPECT_EQ(header(reply, "x-frame-options"), "DENY");
    EXPECT_NE(header(reply, "content-security-policy").find("script-src 'self'"),
              std::string::npos);
    EXPECT_EQ(header(reply, "content-security-policy").find("unsafe"), std::string::npos);
    EXPECT_EQ(header(reply, "access-control-allow-origin"), "");
    EXPECT_EQ(header(reply, "cache-control"), "no-cache");
    const auto again = get(std::string(part.path), {{"If-None-Match", header(reply, "etag")}});
    EXPECT_EQ(again.status, 304U) << part.path;
    EXPECT_EQ(again.body, "");
  }
}

TEST(LivePage, IsNowhereElse) {
  for (const char* path : {"/lab/nowhere", "/lab/lab.html", "/lab/../metrics", "/lab//lab.css"}) {
    EXPECT_EQ(get(path).status, 404U) << path;
  }
  EXPECT_EQ(get("/labs").status, 404U);
  const auto slash = get("/lab/");
  EXPECT_EQ(slash.status, 308U);
  EXPECT_EQ(header(slash, "location"), "../lab") << "relative, for whoever stands before the edge";
}

TEST(LivePage, IsOffWhereStrangersReachTheEdge) {
  const EdgeProcess off(EdgeKind::no_rank, false, {"--live-page", "off"});
  const EdgeProcess open(EdgeKind::no_rank, false, {"--address", "0.0.0.0", "--plain-anywhere"});
  for (const EdgeProcess* edge : {&off, &open}) {
    const std::string url = "ws://127.0.0.1:" + std::to_string(edge->port());
    for (const char* path : {"/lab", "/lab/", "/lab/lab.js", "/lab/data.json", "/lab/table"}) {
      const auto reply = lab::http_get(url, path);
      EXPECT_EQ(reply.status, 403U) << path;
      EXPECT_EQ(reply.body, "the live page is off here; --live-page on shows it\n");
    }
  }
  const EdgeProcess on(EdgeKind::no_rank, false, {"--live-page", "on"});
  EXPECT_EQ(lab::http_get(on.url(), "/lab").status, 200U);
  const auto alone = lab::http_get(on.url(), "/lab/data.json");
  EXPECT_TRUE(json::parse(alone.body).at("ranks").as_array().empty()) << "no rank is attached";
}

// One look at a cluster that nobody has looked at for long tells of all ranks already.
TEST(LivePage, DataTellsEveryRankInOneLook) {
  const auto reply = get("/lab/data.json");
  ASSERT_EQ(reply.status, 200U) << reply.body;
  EXPECT_EQ(header(reply, "content-type"), "application/json; charset=utf-8");
  EXPECT_EQ(header(reply, "cache-control"), "no-store");
  const json::value data = json::parse(reply.body);
  EXPECT_EQ(data.at("ranks_total").to_number<int>(), 2);
  EXPECT_GT(data.at("edge_rtt_us").to_number<int>(), 0);
  const json::array& ranks = data.at("ranks").as_array();
  ASSERT_EQ(ranks.size(), 2u);
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    EXPECT_EQ(ranks[i].at("rank").to_number<std::size_t>(), i);
    for (const char* member : {"host", "epoch", "storage", "up_us", "rates", "commit_mean_us"}) {
      EXPECT_NE(ranks[i].as_object().if_contains(member), nullptr) << member;
    }
    for (const char* counter : {"stored", "commits", "commit_us", "woken_by_doorbell"}) {
      EXPECT_TRUE(ranks[i].at("counters").at(counter).is_number()) << counter;
    }
    for (const char* depth : {"sessions", "store_queued", "sends_waiting_for_credit"}) {
      EXPECT_TRUE(ranks[i].at("depths").at(depth).is_number()) << depth;
    }
    EXPECT_EQ(ranks[i].at("round_trips_us").as_array().size(), 2u);
  }
  EXPECT_EQ(get("/lab/table").status, 200U);
}

class LiveNumbers : public ProtocolTest {
 protected:
  // Looks and talks until what was seen has `wanted`.
  bool see(const std::function<bool(const json::value&)>& wanted) {
    const std::string alice = new_user("alice"), bob = new_user("bob");
    TestClient& from = logged_in(alice);
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (std::chrono::steady_clock::now() < end) {
      from.send_and_see(bob, "hello");
      const auto reply = get("/lab/data.json");
      EXPECT_EQ(reply.body.find(alice), std::string::npos) << "no names";
      if (reply.status == 200 && wanted(json::parse(reply.body))) return true;
    }
    return false;
  }
};
IN_BIN(LiveNumbers);

TEST_P(LiveNumbers, RatesMoveWhenMessagesFlow) {
  EXPECT_TRUE(see([](const json::value& data) {
    for (const json::value& rank : data.at("ranks").as_array()) {
      if (!rank.at("rates").is_object() || !rank.at("commit_mean_us").is_number()) continue;
      if (rank.at("rates").at("stored").to_number<double>() > 0) return true;
    }
    return false;
  }));
}

TEST_P(LiveNumbers, RanksTellHowFarTheOthersAre) {
  EXPECT_TRUE(see([](const json::value& data) {
    const json::array& ranks = data.at("ranks").as_array();
    return ranks.size() == 2 && ranks[0].at("round_trips_us").at(1).is_number() &&
           ranks[1].at("round_trips_us").at(0).is_number() &&
           ranks[0].at("round_trips_us").at(0).is_null();
  }));
}

TEST_P(LiveNumbers, MoreThanSixteenLooksASecondAreRefusedAndCounted) {
  const double before = counter("trunkline_edge_live_refused_total");
  bool refused = false;
  for (int i = 0; i < 200 && !refused; ++i) refused = get("/lab/data.json").status == 503;
  EXPECT_TRUE(refused);
  EXPECT_GT(counter("trunkline_edge_live_refused_total"), before);
}

TEST_P(LiveNumbers, NothingIsAskedWhenNobodyLooks) {
  const auto asked = [] {
    return std::pair(counter("trunkline_edge_live_asks_total"),
                     counter("trunkline_rank_round_trips_total"));
  };
  EXPECT_TRUE(see([](const json::value& data) { return data.at("ranks").as_array().size() == 2; }));
  const auto before = asked();
  EXPECT_GT(before.first, 0);
  EXPECT_GT(before.second, 0);
  EXPECT_EQ(get("/lab").status, 200U) << "the page alone asks nothing";
  TestClient& alice = logged_in(new_user("alice"));
  // Longer than a look is good for, and the cluster at work.
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(1'500);
  while (std::chrono::steady_clock::now() < end) alice.round_trip();
  EXPECT_EQ(asked(), before);
}

}  // namespace
}  // namespace trunkline::tests
