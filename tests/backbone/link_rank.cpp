// What link_test starts under mpirun: two ranks that send one another batches of every size at
// once, sleep between them on their doorbells, and check what comes. Says `link ok` or why not.
//
// link_rank RUN_DIRECTORY [pingpong]: with pingpong, the floor of the road between two ranks.
#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <vector>

#include "backbone/clocks.h"
#include "backbone/doorbell.h"
#include "backbone/rank_link.h"
#include "backbone/sleeper.h"
#include "wire/limits.h"
#include "wire/stamp_clock.h"

namespace trunkline::backbone {
namespace {

constexpr std::int64_t kReringUs = 2'000;

class Pair {
 public:
  Pair(RankLink& link, const std::string& run_directory)
      : link_(link), bell_(run_directory, link.self(), ""), peer_(link.self() == 0 ? 1 : 0) {
    std::vector<Doorbell::Bell> bells;
    for (const auto& path : link.gather(bell_.path())) bells.push_back({path, "", true});
    bell_.set_bells(bells);
    sleeper_.watch(bell_.unix_descriptor(), Wake::doorbell, [this] { bell_.drain(); });
    link_.open();
    link_.barrier();
  }
  ~Pair() {
    link_.begin_barrier();
    while (!link_.barrier_done()) {
    }
    link_.close();
  }

  void send(wire::Bytes batch) {
    link_.send(peer_, std::move(batch));
    bell_.ring(peer_);
  }
  // The next batch. Sleeps as a rank does; the timer stands in for the peer's second ring.
  RankLink::Received receive(bool spin) {
    RankLink::Received batch;
    while (!link_.receive(batch)) {
      if (!link_.sends_complete() || spin || link_.arrived()) continue;
      sleeper_.sleep_until(read_clocks().mono_us + kReringUs);
    }
    return batch;
  }
  wire::RankId peer() const { return peer_; }
  const SleepCounters& sleeps() const { return sleeper_.counters(); }

 private:
  RankLink& link_;
  boost::asio::io_context io_{1};
  Sleeper sleeper_{io_};
  Doorbell bell_;
  wire::RankId peer_;
};

wire::Bytes batch_of(wire::RankId from, std::size_t number) {
  // Eager and rendezvous sizes in turn: the small one behind a large one must not overtake it.
  const std::size_t sizes[] = {48, 64, 4'000, 5'000, 60'000, 100, wire::kLinkBatchBytesRoom};
  wire::Bytes batch(sizes[number % std::size(sizes)], static_cast<char>(from + number));
  const std::string head = std::to_string(number) + ";";
  batch.replace(0, head.size(), head);
  return batch;
}

void exchange(Pair& pair, wire::RankId self) {
  constexpr std::size_t kRounds = 300, kAtOnce = 4;
  std::size_t sent = 0, received = 0;
  while (received < kRounds * kAtOnce) {
    for (std::size_t n = 0; n < kAtOnce && sent < kRounds * kAtOnce; ++n) {
      pair.send(batch_of(self, sent++));
    }
    for (std::size_t n = 0; n < kAtOnce; ++n) {
      const RankLink::Received batch = pair.receive(false);
      if (batch.peer != pair.peer()) throw std::runtime_error("from a rank that is not there");
      if (wire::BytesView(batch.data, batch.size) != batch_of(pair.peer(), received)) {
        throw std::runtime_error("batch " + std::to_string(received) + " is another one");
      }
      ++received;
    }
  }
}

void ping_pong(Pair& pair, wire::RankId self, bool spin) {
  constexpr std::size_t kTimes = 20'000;
  std::vector<std::int64_t> ns;
  const wire::Bytes batch(256, 'x');
  for (std::size_t n = 0; n < kTimes; ++n) {
    const auto start = wire::stamp_clock_ns();
    if (self == 0) pair.send(batch);
    pair.receive(spin);
    if (self == 1) pair.send(batch);
    ns.push_back(static_cast<std::int64_t>(wire::stamp_clock_ns() - start) / 2);
  }
  std::sort(ns.begin(), ns.end());
  if (self != 0) return;
  std::printf("%s: one way p50 %.2f us, p99 %.2f us; sleeps %.2f a round\n",
              spin ? "spinning" : "doorbell", static_cast<double>(ns[kTimes / 2]) / 1e3,
              static_cast<double>(ns[kTimes * 99 / 100]) / 1e3,
              static_cast<double>(pair.sleeps().sleeps) / kTimes);
}

}  // namespace
}  // namespace trunkline::backbone

int main(int argc, char** argv) {
  using namespace trunkline::backbone;
  RankLink link(argc, argv);
  try {
    if (link.ranks() != 2 || argc < 2) throw std::runtime_error("wants 2 ranks and a directory");
    Pair pair(link, argv[1]);
    if (argc > 2) {
      ping_pong(pair, link.self(), true);
      ping_pong(pair, link.self(), false);
    } else {
      exchange(pair, link.self());
    }
    if (link.self() == 0) std::printf("link ok\n");
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "rank %u: %s\n", unsigned{link.self()}, error.what());
    std::_Exit(1);
  }
}
