// Links that are cut, late, slow or silent, under load: between clients and an edge in every
// placement, and between an edge and its rank where that is tcp.
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <random>

#include "tests/cluster/far_edge.h"
#include "tests/cluster/under_fire.h"

namespace trunkline::tests {
namespace {

using namespace std::chrono_literals;
using End = ChaosProxy::End;
using Side = ChaosProxy::Side;

// What may become of one link. `short_silence`: as long as both ends ride out.
struct LinkFaults {
  PairsUnderLoad& load;
  std::size_t slow_bytes_per_second;
  std::chrono::seconds short_silence, long_silence;
  std::size_t cut_after_max;

  using Happen = std::function<void(ChaosProxy&)>;
  std::vector<std::pair<std::string, Happen>> all() const {
    const auto seconds = [](std::chrono::seconds s) { return std::to_string(s.count()) + " s"; };
    return {
        {"cut in order (FIN)", [](ChaosProxy& link) { link.cut(End::fin); }},
        {"cut (RST)", [](ChaosProxy& link) { link.cut(End::rst); }},
        {"200 ms late each way, for 2 s",
         [this](ChaosProxy& link) { for_a_while(link, {.delay = 200ms}, 2s); }},
        {std::to_string(slow_bytes_per_second) + " bytes/s each way, for 3 s",
         [this](ChaosProxy& link) {
           for_a_while(link, {.bytes_per_second = slow_bytes_per_second}, 3s);
         }},
        {"black hole for " + seconds(short_silence),
         [this](ChaosProxy& link) { for_a_while(link, {.black_hole = true}, short_silence); }},
        {"black hole for " + seconds(long_silence) + ", then cut",
         [this](ChaosProxy& link) {
           for_a_while(link, {.black_hole = true}, long_silence);
           link.cut(End::rst);
         }},
        {"half-open: the server is not told", [](ChaosProxy& link) { link.lose(Side::client); }},
        {"half-open: the client is not told", [](ChaosProxy& link) { link.lose(Side::server); }},
        {"cut again and again after 1 to " + std::to_string(cut_after_max) + " bytes, for 3 s",
         [this](ChaosProxy& link) { cut_again_and_again(link); }},
    };
  }

 private:
  void for_a_while(ChaosProxy& link, const Trouble& trouble, std::chrono::seconds time) const {
    link.set(trouble);
    load.run_for(time);
    link.heal();
  }
  void cut_again_and_again(ChaosProxy& link) const {
    static std::minstd_rand chance{4};  // any place in any frame will do
    for (int step = 0; step < 15; ++step) {
      link.set({.cut_after = 1 + chance() % cut_after_max});
      load.run_for(200ms);
    }
    link.heal();
  }
};

// ---- between clients and their edge

constexpr unsigned kEdges = 2;

class ClientLinkTest : public UnderFire, public testing::WithParamInterface<Placement> {
 protected:
  ClientLinkTest() : UnderFire(GetParam(), kEdges) {
    constexpr std::string_view kScheme = "ws://";
    std::vector<std::string> urls;
    for (const std::string& url : cluster_.urls()) {
      links_.push_back(std::make_unique<ChaosProxy>(url.substr(kScheme.size())));
      urls.push_back(std::string(kScheme) + "127.0.0.1:" + std::to_string(links_.back()->port()));
    }
    load_.emplace(urls, cluster_.directory(), kPairs);
  }

  std::vector<std::unique_ptr<ChaosProxy>> links_;
  std::optional<PairsUnderLoad> load_;
};

TEST_P(ClientLinkTest, NothingAckedIsLostWhateverBecomesOfTheLink) {
  const LinkFaults what{.load = *load_,
                        .slow_bytes_per_second = 400,
                        .short_silence = 4s,
                        .long_silence = 2s,
                        .cut_after_max = 4'000};
  std::vector<Fault> faults;
  for (const auto& [name, happen] : what.all()) {
    faults.push_back({name, [this, happen = happen](unsigned round) {
                        const unsigned edge = round % kEdges, other = 1 - edge;
                        const std::size_t before = load_->seen_at(other).lost_sockets();
                        happen(*links_[edge]);
                        EXPECT_EQ(load_->seen_at(other).lost_sockets(), before);
                      }});
  }
  run("Clients to an edge, placement " + std::string(to_string(GetParam())), *load_, faults);
  stop();
}

INSTANTIATE_TEST_SUITE_P(Placements, ClientLinkTest,
                         testing::Values(Placement::process, Placement::host, Placement::inside,
                                         Placement::fused),
                         [](const auto& info) { return std::string(to_string(info.param)); });

// ---- between an edge and its rank: no client is disconnected by it

class RankLinkTest : public UnderFire {
 protected:
  RankLinkTest() : UnderFire(Placement::host, 1) {
    for (unsigned rank = 0; rank < kRanks; ++rank) {
      edges_.push_back(std::make_unique<FarEdge>(cluster_, rank));
    }
    load_.emplace(
        std::vector<std::string>{edges_[0]->url(), edges_[1]->url(), cluster_.urls().front()},
        cluster_.directory(), kPairs);
  }

  std::vector<std::unique_ptr<FarEdge>> edges_;
  std::optional<PairsUnderLoad> load_;
};

TEST_F(RankLinkTest, NothingAckedIsLostWhateverBecomesOfTheLink) {
  const LinkFaults what{.load = *load_,
                        .slow_bytes_per_second = 4'000,
                        .short_silence = 2s,
                        .long_silence = 6s,
                        .cut_after_max = 8'000};
  std::vector<Fault> faults;
  for (const auto& [name, happen] : what.all()) {
    faults.push_back({name, [this, happen = happen](unsigned round) {
                        const std::size_t before = load_->seen().lost_sockets();
                        happen(edges_[round % kRanks]->link());
                        EXPECT_EQ(load_->seen().lost_sockets(), before) << "a client's socket";
                      }});
  }
  run("An edge to its rank, placement host", *load_, faults);
  for (const auto& edge : edges_) EXPECT_TRUE(edge->runs());
  edges_.clear();
  stop();
}

}  // namespace
}  // namespace trunkline::tests
