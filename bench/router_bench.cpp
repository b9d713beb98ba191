// What the router costs by itself: CPU per frame of the direct class on each of its ways, and per
// stored message at a home, without sockets, MPI or a disk. Batches of 1 and of 32 frames: what a
// quiet rank and a busy one see.
#include <benchmark/benchmark.h>

#include <algorithm>

#include "persistence/memory_store.h"
#include "routing/router.h"
#include "wire/crc32c.h"

namespace {

using namespace trunkline;
using wire::Bytes;

constexpr std::size_t kBodyBytes = 64;
constexpr wire::PortId kPort = 1;
const Bytes kPeer = "edge";

Bytes name_at(wire::RankId home, std::size_t ranks, int number) {
  const auto slots = wire::SlotMap::fresh(ranks, 1);
  for (int i = 0;; ++i) {
    Bytes name = "user" + std::to_string(i);
    if (slots.home(name) == home && number-- == 0) return name;
  }
}

// A batch that is sent again and again under new numbers.
class Resent {
 public:
  Resent(wire::Way way, wire::BatchBuilder builder) {
    wire::BatchHeader header;
    header.way = way;
    header.epoch = 1;
    header.incarnation = way == wire::Way::port ? 1 : 0;
    batch_ = builder.take(header);
  }
  wire::BytesView next(std::uint64_t number, std::uint64_t consumed) {
    wire::store_le(batch_.data() + 24, number);
    wire::store_le(batch_.data() + 32, consumed);
    wire::store_le(batch_.data() + 4,
                   wire::crc32c({batch_.data() + 8, wire::kBatchHeaderBytes - 8}));
    return batch_;
  }

 private:
  Bytes batch_;
};

// Rank 0 of some, with one port and a memory store that commits when it is asked.
struct Bench {
  explicit Bench(std::size_t ranks)
      : disk(1, {}, {}),
        store(disk, store_config(ranks)),
        router(router_config(ranks), wire::SlotMap::fresh(ranks, 1), store.opened()) {
    store.begin(1);
    wire::BatchBuilder hello;
    hello.add({}, wire::Hello{"edge", 0, 1});
    port_batch(hello);
  }
  static persistence::MemoryConfig store_config(std::size_t ranks) {
    persistence::MemoryConfig config;
    config.slots = wire::SlotMap::fresh(ranks, 1);
    return config;
  }
  static routing::RouterConfig router_config(std::size_t ranks) {
    routing::RouterConfig config;
    config.epoch = 1;
    config.rate_per_second = 0;
    config.quota_messages = config.quota_bytes = SIZE_MAX;
    config.same_host.assign(ranks, true);
    return config;
  }
  void port_batch(wire::BatchBuilder& frames) {
    Resent batch(wire::Way::port, std::exchange(frames, {}));
    step(routing::PortBatch{kPeer, batch.next(++port_sent, to_port)});
    turn();
  }
  void step(decltype(routing::Event::what) what) { router.step({now, std::move(what)}, effects); }
  // Ends the turn; the store works, and everything that left is confirmed at once.
  void turn() {
    do {
      step(routing::TurnEnd{});
      note_port();
      std::vector<wire::StoreOp> ops = std::move(effects.stores);
      std::vector<wire::Load> loads = std::move(effects.loads);
      effects.clear();
      store.submit(std::move(ops));
      for (const wire::Load& load : loads) {
        wire::Loaded loaded;
        if (store.load(load, loaded)) step(wire::StoreEvent(std::move(loaded)));
      }
      events.clear();
      store.poll(events);
      for (wire::StoreEvent& event : events) step(std::move(event));
    } while (!events.empty() || !effects.loads.empty());
  }
  // The port confirms what it got; bare confirms carry no number.
  void note_port() {
    for (const routing::ToPort& out : effects.to_ports)
      to_port = std::max(to_port, number_of(out.batch));
  }
  static std::uint64_t number_of(const Bytes& batch) {
    return wire::load_le<std::uint64_t>(batch.data() + 24);
  }
  wire::FrameHeader from(wire::SessionId session, wire::BytesView home_of) const {
    wire::FrameHeader header;
    header.address = {0, kPort, session};
    header.slot = wire::slot_of(home_of);
    return header;
  }
  void attach(wire::SessionId session, const Bytes& user) {
    wire::Account account;
    account.user = user;
    account.mailbox = "1";
    disk.accounts.emplace(user, wire::encoded_account(account));
    wire::BatchBuilder frames;
    frames.add(from(session, user), wire::Attach{user, "desk", 0, wire::kNoMseq, {}, 1});
    port_batch(frames);
  }

  wire::Now now{1'000'000, 1'700'000'000'000};
  persistence::MemoryDisk disk;
  persistence::MemoryStore store;
  routing::Router router;
  routing::Effects effects;
  std::vector<wire::StoreEvent> events;
  std::uint64_t port_sent = 0, to_port = 0;
};

wire::Direct direct_message(const Bytes& from, const Bytes& to, const Bytes& body) {
  wire::Direct direct;
  direct.message = {wire::MessageClass::direct, from, "desk", to, "id-of-a-message", body, {}};
  return direct;
}

void per_frame(benchmark::State& state, std::int64_t frames) {
  state.SetItemsProcessed(state.iterations() * frames);
  state.counters["per_frame"] =
      benchmark::Counter(static_cast<double>(state.iterations() * frames),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

// Port to link: A's rank. With a hint it is read and re-flagged, without it goes on as it came.
void forward(benchmark::State& state, bool hinted) {
  Bench bench(3);
  const Bytes alice = name_at(0, 3, 0), bob = name_at(1, 3, 0), body(kBodyBytes, 'x');
  bench.attach(1, alice);
  std::uint64_t from_link = 0;
  if (hinted) {
    wire::BatchBuilder hint;
    hint.add({}, wire::Hint{bob, 2, 1});
    Resent batch(wire::Way::link, std::move(hint));
    bench.step(routing::LinkBatch{1, batch.next(++from_link, 0)});
    bench.turn();
  }
  wire::BatchBuilder frames;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    frames.add(bench.from(1, bob), direct_message(alice, bob, body));
  }
  Resent batch(wire::Way::port, std::move(frames));
  const wire::RankId peer = hinted ? 2 : 1;
  Resent confirm(wire::Way::link, {});
  std::uint64_t sent = 0;
  for (auto _ : state) {
    bench.step(routing::PortBatch{kPeer, batch.next(++bench.port_sent, bench.to_port)});
    bench.step(routing::TurnEnd{});
    bench.note_port();
    for (const routing::ToLink& out : bench.effects.to_links) {
      if (out.peer == peer) sent = std::max(sent, Bench::number_of(out.batch));
    }
    bench.effects.clear();
    bench.step(routing::LinkBatch{peer, confirm.next(0, sent)});
  }
  per_frame(state, state.range(0));
}
void direct_by_home(benchmark::State& state) {
  forward(state, false);
}
void direct_by_hint(benchmark::State& state) {
  forward(state, true);
}

// Link to port: B's rank.
void direct_delivered(benchmark::State& state) {
  Bench bench(3);
  const Bytes alice = name_at(1, 3, 0), bob = name_at(0, 3, 0), body(kBodyBytes, 'x');
  bench.attach(1, bob);
  wire::BatchBuilder frames;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    wire::FrameHeader header = bench.from(1, bob);
    header.address.rank = 1;
    header.flags = wire::kFromHome;
    frames.add(header, direct_message(alice, bob, body));
  }
  Resent batch(wire::Way::link, std::move(frames));
  Resent confirm(wire::Way::port, {});
  std::uint64_t number = 0;
  for (auto _ : state) {
    bench.step(routing::LinkBatch{1, batch.next(++number, 0)});
    bench.step(routing::TurnEnd{});
    bench.note_port();
    bench.effects.clear();
    bench.step(routing::PortBatch{kPeer, confirm.next(0, bench.to_port)});
  }
  per_frame(state, state.range(0));
}

// The whole of a stored message at a home where both sides are: SEND, record and copy, commit,
// STORED, two DELIVERs, two TAKENs; a memory store's work is in it.
void stored_at_home(benchmark::State& state) {
  Bench bench(1);
  const Bytes alice = name_at(0, 1, 0), bob = name_at(0, 1, 1), body(kBodyBytes, 'x');
  bench.attach(1, alice);
  bench.attach(2, bob);
  std::uint64_t sent = 0;
  const wire::Sepoch first = wire::make_sepoch(1, 1), second = wire::make_sepoch(1, 2);
  for (auto _ : state) {
    state.PauseTiming();
    wire::BatchBuilder frames;
    for (std::int64_t i = 0; i < state.range(0); ++i) {
      const Bytes id = "m" + std::to_string(++sent);
      wire::Send send;
      send.tag = sent;
      send.sepoch = first;
      send.message = {wire::MessageClass::stored, alice, "desk", bob, id, body, {}};
      frames.add(bench.from(1, bob), send);
    }
    wire::BatchBuilder taken;
    taken.add(bench.from(1, alice), wire::Taken{alice, "desk", first, sent});
    taken.add(bench.from(2, bob), wire::Taken{bob, "desk", second, sent});
    state.ResumeTiming();
    bench.port_batch(frames);
    bench.port_batch(taken);
  }
  per_frame(state, state.range(0));
}

BENCHMARK(direct_by_home)->Arg(1)->Arg(32);
BENCHMARK(direct_by_hint)->Arg(1)->Arg(32);
BENCHMARK(direct_delivered)->Arg(1)->Arg(32);
BENCHMARK(stored_at_home)->Arg(32)->Iterations(3000);

}  // namespace

BENCHMARK_MAIN();
