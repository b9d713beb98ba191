// Clients come and go by the thousand, in every way; the cluster that they leave is the one that
// they found: flat memory and descriptors in every process. TRUNKLINE_SOAK_VISITS says how many
// (bench/soak: 100,000).
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "tests/soak/flatness.h"
#include "tests/soak/visits.h"
#include "tests/support/cluster_under_test.h"
#include "tests/support/metrics.h"

namespace trunkline::tests {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kVisitsOfTheSuite = 1'600;
constexpr std::size_t kPlaces = 16;   // visits under way at a time
constexpr std::size_t kSamples = 12;  // and before them:
constexpr std::size_t kWarmUp = 4;    // as long as so many samples

std::size_t visits_wanted() {
  const char* wanted = std::getenv("TRUNKLINE_SOAK_VISITS");
  const std::size_t visits =
      wanted == nullptr ? kVisitsOfTheSuite : std::strtoul(wanted, nullptr, 10);
  return std::max(visits, kSamples + kWarmUp);
}

struct Watched {
  std::string name;
  pid_t pid;
  std::vector<Sample> samples;
};

class Soak : public testing::Test {
 protected:
  // Edges of their own with TLS, and plain ones inside the ranks.
  Soak() : cluster_({.ranks = 2, .tls = true, .rank_options = {"--port", "0", "--plain"}}) {
    for (std::size_t place = 0; place < kPlaces; ++place) {
      users_.push_back(cluster_.new_user("user"));
      guessed_.push_back(cluster_.new_user("guessed"));
    }
    urls_ = cluster_.urls();
    for (const wire::RankEntry& rank : cluster_.file().ranks) urls_.push_back(rank.url);
    for (wire::RankId rank = 0; rank < 2; ++rank) {
      watched_.push_back({"rank " + std::to_string(rank), cluster_.rank_pid(rank), {}});
      watched_.push_back({"edge " + std::to_string(rank + 1), cluster_.edge_pid(rank), {}});
    }
    watched_.push_back({"mpirun", cluster_.mpirun_pid(), {}});
  }

  // Until every edge has seen all of them leave: one connection is that of the question.
  void wait_until_empty() const {
    const auto until = Clock::now() + std::chrono::seconds(30);
    for (const std::string& url : urls_) {
      while (metric_at(url, "trunkline_edge_connections") > 1) {
        ASSERT_LT(Clock::now(), until) << "somebody has stayed at " << url;
      }
    }
  }

  void sample(std::size_t visits) {
    for (Watched& one : watched_) {
      const auto size = lab::process_size(one.pid);
      ASSERT_TRUE(size.has_value()) << one.name << " is gone";
      one.samples.push_back({static_cast<double>(visits), *size});
    }
  }

  void print_table() const {
    std::printf("| process | RSS MiB, first to last | bytes a visit | descriptors |\n");
    std::printf("| --- | --- | --- | --- |\n");
    constexpr double kMiB = 1024 * 1024;
    for (const Watched& one : watched_) {
      const lab::ProcessSize &first = one.samples.front().size, &last = one.samples.back().size;
      std::printf("| %s | %.1f to %.1f | %.1f | %llu to %llu |\n", one.name.c_str(),
                  static_cast<double>(first.rss_bytes) / kMiB,
                  static_cast<double>(last.rss_bytes) / kMiB, slope_of(one.samples),
                  static_cast<unsigned long long>(first.descriptors),
                  static_cast<unsigned long long>(last.descriptors));
    }
  }

  ClusterUnderTest cluster_;
  std::vector<std::string> urls_, users_, guessed_;
  std::vector<Watched> watched_;
};

TEST_F(Soak, LeavesTheClusterAsItWas) {
  Visits visits(urls_, users_, guessed_);
  const std::size_t wanted = visits_wanted(), step = wanted / (kSamples + kWarmUp);
  const auto begin = Clock::now();
  std::size_t made = 0;
  for (std::size_t round = 1; round <= kSamples + kWarmUp; ++round) {
    visits.run(step);
    made += step;
    wait_until_empty();
    if (round >= kWarmUp) sample(made);
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    if (round % kWarmUp == 0) {
      std::printf("%zu of %zu visits, %.0f a second\n", made, wanted,
                  static_cast<double>(made) / seconds);
      std::fflush(stdout);
    }
  }
  print_table();
  for (const Watched& one : watched_) {
    EXPECT_EQ(complaint_about(one.samples), "") << one.name;
  }
  EXPECT_EQ(cluster_.rank_metric(0, "trunkline_rank_sessions") +
                cluster_.rank_metric(1, "trunkline_rank_sessions"),
            0);
  EXPECT_TRUE(cluster_.stop()) << cluster_.logs();
}

// ---- what is flat

std::vector<Sample> samples(double bytes_per_visit, std::uint64_t more_descriptors) {
  std::vector<Sample> made;
  for (int i = 0; i <= 10; ++i) {
    const double visits = i * 10'000;
    made.push_back({visits,
                    {static_cast<std::uint64_t>(50e6 + visits * bytes_per_visit + (i % 3) * 4096),
                     20 + (i >= 5 ? more_descriptors : 0) + (i % 3 == 0 ? 1 : 0)}});
  }
  return made;
}

TEST(Flatness, KnowsALeakFromNoise) {
  EXPECT_EQ(complaint_about(samples(0, 0)), "");
  EXPECT_EQ(complaint_about(samples(20, 0)), "");
  EXPECT_NE(complaint_about(samples(100, 0)), "");
  EXPECT_NE(complaint_about(samples(0, 4)), "");
  EXPECT_NEAR(slope_of(samples(100, 0)), 100, 1);
}

}  // namespace
}  // namespace trunkline::tests
