#include "backbone/mpi_floor.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <thread>

namespace trunkline::backbone {
namespace json = boost::json;
using std::chrono::steady_clock;

namespace {

constexpr const char* kFloorFileName = "floor.json";
constexpr std::size_t kPeersMax = 15;
constexpr std::size_t kRoundsMax = 5'000;
constexpr std::size_t kWarmUpRounds = 20;
constexpr std::chrono::milliseconds kBudget{250};  // for all peers and sizes
constexpr std::chrono::microseconds kPatience{50};
// One small message as the laboratory sends it, and batches up to the longest.
constexpr std::size_t kSizes[] = {64, 1024, 16 * 1024, 256 * 1024};

// The first byte of a message says whether another round follows.
constexpr char kGoOn = 0, kLast = 1;

// Whoever waits for its turn must not take the core that those need who measure.
template <class IsDone>
void sleep_until(const IsDone& is_done) {
  while (!is_done()) std::this_thread::sleep_for(kPatience);
}

class Exchange {
 public:
  Exchange(RankLink& link, wire::RankId peer, std::size_t size)
      : link_(link), peer_(peer), out_(size), in_(size) {}

  void receive() { link_.start_receive(peer_, in_.data(), in_.size()); }
  void spin_until_received() {
    while (!link_.received()) {
    }
  }
  void sleep_until_received() {
    sleep_until([this] { return link_.received(); });
  }
  void send(char first) {
    out_[0] = first;
    link_.start_send(peer_, {out_.data(), out_.size()});
    while (!link_.sent()) {
    }
  }
  char first() const { return in_[0]; }

 private:
  RankLink& link_;
  wire::RankId peer_;
  std::vector<char> out_, in_;
};

// Rank 0's side: one-way times, in order of length. Ends at the deadline, but not without one.
std::vector<std::int64_t> ping(Exchange exchange, steady_clock::time_point deadline) {
  std::vector<std::int64_t> one_way_ns;
  const auto warm = steady_clock::now() + (deadline - steady_clock::now()) / 5;
  for (std::size_t round = 0;; ++round) {
    const auto began = steady_clock::now();
    const bool warming_up = round == 0 || (round < kWarmUpRounds && began < warm);
    const bool last = !one_way_ns.empty() && (began >= deadline || round == kRoundsMax);
    exchange.receive();
    exchange.send(last ? kLast : kGoOn);
    exchange.spin_until_received();
    if (last) break;
    const std::chrono::nanoseconds took = steady_clock::now() - began;
    if (!warming_up) one_way_ns.push_back(took.count() / 2);
  }
  std::ranges::sort(one_way_ns);
  return one_way_ns;
}

void pong(Exchange exchange) {
  exchange.receive();
  exchange.sleep_until_received();
  for (;;) {
    const bool last = exchange.first() == kLast;
    // Posted before the answer leaves: the next ping finds its place.
    if (!last) exchange.receive();
    exchange.send(kGoOn);
    if (last) return;
    exchange.spin_until_received();
  }
}

// REQUIRES: sorted is not empty.
std::int64_t quantile_of(const std::vector<std::int64_t>& sorted, std::size_t percent) {
  return sorted[(sorted.size() * percent + 99) / 100 - 1];
}

}  // namespace

std::vector<MpiFloorRow> measure_mpi_floor(RankLink& link) {
  std::vector<MpiFloorRow> rows;
  const std::size_t peers = std::min(link.ranks() - 1, kPeersMax);
  const auto began = steady_clock::now();
  std::size_t turn = 0;
  for (std::size_t peer = 1; peer <= peers; ++peer) {
    for (const std::size_t size : kSizes) {
      ++turn;
      if (link.self() == peer) pong(Exchange(link, 0, size));
      if (link.self() != 0) continue;
      const auto deadline = began + kBudget * turn / (peers * std::size(kSizes));
      const auto other = static_cast<wire::RankId>(peer);
      const auto times = ping(Exchange(link, other, size), deadline);
      rows.push_back({other, size, times.size(), quantile_of(times, 50), quantile_of(times, 99)});
    }
  }
  link.begin_barrier();
  sleep_until([&link] { return link.barrier_done(); });
  return rows;
}

void write_floor_file(const std::string& run_directory, const RoadFacts& facts,
                      const std::vector<MpiFloorRow>& rows) {
  json::array list;
  for (const MpiFloorRow& row : rows) {
    list.push_back({{"rank", 0},
                    {"peer", row.peer},
                    {"size_bytes", row.size_bytes},
                    {"n", row.n},
                    {"p50_ns", row.p50_ns},
                    {"p99_ns", row.p99_ns}});
  }
  const json::object whole{{"edge", facts.edge},
                           {"rings", facts.rings},
                           {"library", facts.library},
                           {"direction", "one-way"},
                           {"of", "half of a round trip, both ranks spinning"},
                           {"mpi", std::move(list)}};
  const std::string content = json::serialize(whole) + "\n";
  const std::string path = run_directory + "/" + kFloorFileName, fresh = path + ".new";
  const int descriptor = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), fresh);
  const bool written =
      ::write(descriptor, content.data(), content.size()) == static_cast<ssize_t>(content.size());
  const bool closed = ::close(descriptor) == 0;
  if (!written || !closed || ::rename(fresh.c_str(), path.c_str()) != 0) {
    throw std::system_error(errno, std::generic_category(), path);
  }
}

void remove_floor_file(const std::string& run_directory) {
  std::error_code ignored;
  std::filesystem::remove(run_directory + "/" + kFloorFileName, ignored);
}

}  // namespace trunkline::backbone
